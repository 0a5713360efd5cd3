//! What each side of a handoff has to find true (reference 5.3, and the attacks of its section 10).

use crate::error::ErrorCode;
use crate::identity::{PublicId, SessionId, verify_strict};
use crate::wire::handoff::{HandoffGive, HandoffReceive, Signed};
use crate::wire::{Location, PublicKey};

/// What is wrong with a handoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The give is for somebody else's key.
    ReceiverKey,
    /// The receive names another session than the one that it came on.
    ReceivingSession,
    /// The receive names another side than the one that sent it.
    ReceivingSide,
    /// The give names a session that we do not have, or have no more.
    GifterSession,
    /// The give names another side than the one that we have that session with.
    GifterSide,
    /// The give is for another exporter.
    ExporterLocation,
    /// The gifter did not sign this give.
    GiveSignature,
    /// The holder of the key that the give names did not sign this receive.
    ReceiveSignature,
    /// The count was used in this session before.
    CountUsed,
}

impl From<Refusal> for ErrorCode {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::CountUsed => ErrorCode::HandoffUsed,
            Refusal::GifterSession => ErrorCode::GifterGone,
            _ => ErrorCode::HandoffRefused,
        }
    }
}

/// The other end of one of our sessions.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    /// The session.
    pub session: &'a SessionId,
    /// The peer's side of it.
    pub id: &'a PublicId,
    /// The peer's key in it.
    pub key: &'a PublicKey,
}

/// The receiver's check: the give is for the key that we have in the session that it came by.
///
/// # Errors
///
/// [`Refusal::ReceiverKey`].
pub fn receiver(give: &HandoffGive<'_>, own_key: &PublicKey) -> Result<(), Refusal> {
    require(give.receiver_key == *own_key, Refusal::ReceiverKey)
}

/// The exporter's checks of who withdraws: all but the count.
///
/// # Errors
///
/// The first [`Refusal`] that applies.
pub fn receive(signed: &Signed<'_, HandoffReceive<'_>>, receiver: Peer<'_>) -> Result<(), Refusal> {
    let receive = &signed.object;
    let key = &receive.signed_give.object.receiver_key;
    require(
        receive.receiving_session == receiver.session.0,
        Refusal::ReceivingSession,
    )?;
    require(
        receive.receiving_side == receiver.id.0,
        Refusal::ReceivingSide,
    )?;
    require(
        verify_strict(key, signed.bytes, &signed.signature),
        Refusal::ReceiveSignature,
    )
}

/// The exporter's checks of who gave. The session is the one that the give names, and lives.
///
/// # Errors
///
/// The first [`Refusal`] that applies.
pub fn give(
    signed: &Signed<'_, HandoffGive<'_>>,
    gifter: Peer<'_>,
    is_self: impl FnOnce(&Location) -> bool,
) -> Result<(), Refusal> {
    let give = &signed.object;
    require(give.session == gifter.session.0, Refusal::GifterSession)?;
    require(give.gifter_side == gifter.id.0, Refusal::GifterSide)?;
    require(is_self(&give.exporter_location), Refusal::ExporterLocation)?;
    require(
        verify_strict(gifter.key, signed.bytes, &signed.signature),
        Refusal::GiveSignature,
    )
}

fn require(holds: bool, refusal: Refusal) -> Result<(), Refusal> {
    holds.then_some(()).ok_or(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{KeyPair, public_id, session_id};
    use crate::limits::Limits;
    use crate::syrup::{KeyOrder, Reader, Writer};
    use crate::wire::handoff::write_signed;

    /// The keys 32×0x01, 32×0x02 and 32×0x03 of the reference's vectors: gifter, exporter, receiver.
    fn key(number: u8) -> KeyPair {
        KeyPair::from_seed([number; 32])
    }

    fn id(number: u8) -> PublicId {
        public_id(&key(number).public())
    }

    fn alice() -> Location {
        let hints = [("host", "127.0.0.1"), ("port", "22045")];
        Location {
            transport: "tcp-testing-only".into(),
            designator: "alice".into(),
            hints: hints
                .into_iter()
                .map(|(k, v)| (k.into(), v.into()))
                .collect(),
            hints_absent: false,
        }
    }

    fn hex(bytes: &[u8]) -> String {
        crate::wire::text::to_hex(bytes)
    }

    /// The give and receive of the vectors, each in its envelope.
    fn envelopes() -> (Vec<u8>, Vec<u8>) {
        let session = session_id(&id(1), &id(2));
        let mut give = Vec::new();
        HandoffGive {
            receiver_key: key(3).public(),
            exporter_location: alice(),
            session: &session.0,
            gifter_side: &id(1).0,
            gift_id: &[0xaa; 32],
        }
        .write(&mut Writer::new(&mut give), KeyOrder::Utf16);
        let signature = key(1).sign(&give);
        assert!(hex(&signature.0).starts_with("f597a104ea10134ae4077533fd65ea77"));
        let mut signed_give = Vec::new();
        write_signed(&mut Writer::new(&mut signed_give), &give, &signature);
        let mut receive = Vec::new();
        HandoffReceive {
            receiving_session: &session.0,
            receiving_side: &id(3).0,
            handoff_count: 0,
            signed_give: read_give(&signed_give),
        }
        .write(&mut Writer::new(&mut receive));
        let signature = key(3).sign(&receive);
        assert!(hex(&signature.0).starts_with("2e436ac658835bbae9b5b88c4a92dbfc"));
        let mut signed_receive = Vec::new();
        write_signed(&mut Writer::new(&mut signed_receive), &receive, &signature);
        (signed_give, signed_receive)
    }

    fn read_give(bytes: &[u8]) -> Signed<'_, HandoffGive<'_>> {
        let mut reader = Reader::new(bytes, Limits::default().syrup());
        Signed::read(&mut reader, HandoffGive::read).expect("a give")
    }

    fn read_receive(bytes: &[u8]) -> Signed<'_, HandoffReceive<'_>> {
        let mut reader = Reader::new(bytes, Limits::default().syrup());
        Signed::read(&mut reader, HandoffReceive::read).expect("a receive")
    }

    #[test]
    fn the_vectors_hold() {
        let (signed_give, signed_receive) = envelopes();
        let session = session_id(&id(1), &id(2));
        let gifter = Peer {
            session: &session,
            id: &id(1),
            key: &key(1).public(),
        };
        let receiving = Peer {
            session: &session,
            id: &id(3),
            key: &key(3).public(),
        };
        let is_alice = |location: &Location| location.same_peer(&alice());
        let given = read_give(&signed_give);
        assert_eq!(receiver(&given.object, &key(3).public()), Ok(()));
        assert_eq!(give(&given, gifter, is_alice), Ok(()));
        let received = read_receive(&signed_receive);
        assert_eq!(receive(&received, receiving), Ok(()));
        assert_eq!(received.object.signed_give, given);
    }

    #[test]
    fn each_thing_that_is_not_true_is_refused() {
        let (signed_give, signed_receive) = envelopes();
        let (session, other) = (session_id(&id(1), &id(2)), session_id(&id(1), &id(3)));
        let (gifter_id, gifter_key) = (id(1), key(1).public());
        let gifter = Peer {
            session: &session,
            id: &gifter_id,
            key: &gifter_key,
        };
        let yes = |_: &Location| true;
        let mut given = read_give(&signed_give);
        let judge = |given: &Signed<'_, HandoffGive<'_>>, peer| give(given, peer, yes).err();
        assert_eq!(
            receiver(&given.object, &key(2).public()),
            Err(Refusal::ReceiverKey)
        );
        assert_eq!(
            give(&given, gifter, |_| false),
            Err(Refusal::ExporterLocation)
        );
        let session_differs = Peer {
            session: &other,
            ..gifter
        };
        assert_eq!(judge(&given, session_differs), Some(Refusal::GifterSession));
        let side = id(2);
        let side_differs = Peer {
            id: &side,
            ..gifter
        };
        assert_eq!(judge(&given, side_differs), Some(Refusal::GifterSide));
        let key_differs = key(2).public();
        let key_differs = Peer {
            key: &key_differs,
            ..gifter
        };
        assert_eq!(judge(&given, key_differs), Some(Refusal::GiveSignature));
        given.signature.0[0] ^= 1;
        assert_eq!(judge(&given, gifter), Some(Refusal::GiveSignature));

        let (receiver_id, receiver_key) = (id(3), key(3).public());
        let receiving = Peer {
            session: &session,
            id: &receiver_id,
            key: &receiver_key,
        };
        let mut received = read_receive(&signed_receive);
        let session_differs = Peer {
            session: &other,
            ..receiving
        };
        assert_eq!(
            receive(&received, session_differs),
            Err(Refusal::ReceivingSession)
        );
        let side_differs = Peer {
            id: &side,
            ..receiving
        };
        assert_eq!(
            receive(&received, side_differs),
            Err(Refusal::ReceivingSide)
        );
        received.signature.0[63] ^= 1;
        assert_eq!(
            receive(&received, receiving),
            Err(Refusal::ReceiveSignature)
        );
        let mut received = read_receive(&signed_receive);
        received.object.signed_give.object.receiver_key = key(2).public();
        assert_eq!(
            receive(&received, receiving),
            Err(Refusal::ReceiveSignature)
        );
    }
}
