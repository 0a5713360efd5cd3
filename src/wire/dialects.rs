use super::Dialect;

/// Some of the dialects: those that a peer may speak, as far as it has shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dialects(u8);

impl Dialects {
    /// Every one: the peer has shown nothing.
    pub const ALL: Self = Self(0b111);

    /// All that have a call without resolver, and lists of positions.
    pub const SINCE_2026_02: Self = Self(0b110);

    /// All whose op:listen has three fields.
    pub const UNTIL_2026_02: Self = Self(0b011);

    /// This one.
    pub const fn only(dialect: Dialect) -> Self {
        Self(1 << dialect as u8)
    }

    /// Whether this one is among them.
    pub const fn contains(self, dialect: Dialect) -> bool {
        self.0 & Self::only(dialect).0 != 0
    }

    /// Whether all of those are among these.
    pub const fn covers(self, those: Self) -> bool {
        self.0 & those.0 == those.0
    }

    /// Whether there is one alone.
    pub const fn is_one(self) -> bool {
        self.0.is_power_of_two()
    }

    /// Those that are in both. Whoever contradicts itself is believed what it showed first.
    pub const fn narrowed(self, shown: Self) -> Self {
        match self.0 & shown.0 {
            0 => self,
            both => Self(both),
        }
    }

    /// Whether there is one way, that all of them read, to send what wants no answer, and to
    /// release: without it, calls have a resolver and releases wait.
    pub const fn agree_on_sends(self) -> bool {
        !self.contains(Dialect::V2026_01) || self.is_one()
    }

    /// Whether it can be told how op:listen is to be written. 2026-02 and 2026-03 differ in nothing
    /// else that peers must say: who showed to be one of the two is taken for 2026-02, until it
    /// listens.
    pub const fn agree_on_listens(self) -> bool {
        !self.contains(Dialect::V2026_01) || !self.contains(Dialect::V2026_03)
    }

    /// The dialect to write where they differ in values, or in what is decided.
    pub const fn spoken(self) -> Dialect {
        if self.contains(Dialect::V2026_02) {
            Dialect::V2026_02
        } else if self.contains(Dialect::V2026_01) {
            Dialect::V2026_01
        } else {
            Dialect::V2026_03
        }
    }
}

impl std::fmt::Debug for Dialects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut set = f.debug_set();
        for dialect in Dialect::ALL.into_iter().filter(|d| self.contains(*d)) {
            set.entry(&dialect.as_str());
        }
        set.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_believed_what_it_shows_and_not_the_contrary() {
        let two = Dialects::ALL.narrowed(Dialects::SINCE_2026_02);
        assert_eq!(two.spoken(), Dialect::V2026_02);
        let old = Dialects::only(Dialect::V2026_01);
        assert_eq!(two.narrowed(old), two);
        let new = two.narrowed(Dialects::only(Dialect::V2026_03));
        assert_eq!(new.spoken(), Dialect::V2026_03);
        assert_eq!(
            two.narrowed(Dialects::UNTIL_2026_02).spoken(),
            Dialect::V2026_02
        );
        assert_eq!(Dialects::ALL.narrowed(old).spoken(), Dialect::V2026_01);
    }

    #[test]
    fn what_is_written_is_agreed_on() {
        assert!(!Dialects::ALL.agree_on_sends() && !Dialects::ALL.agree_on_listens());
        assert!(Dialects::UNTIL_2026_02.agree_on_listens());
        assert!(!Dialects::UNTIL_2026_02.agree_on_sends());
        assert!(Dialects::SINCE_2026_02.agree_on_sends());
        for dialect in Dialect::ALL {
            let one = Dialects::only(dialect);
            assert_eq!(one.spoken(), dialect);
            assert!(one.agree_on_sends() && one.agree_on_listens());
            assert!(Dialects::ALL.covers(one) && !one.covers(Dialects::ALL));
        }
    }
}
