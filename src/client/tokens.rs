//! Tokens of references, which outlive the process (design, section 5, "Slots across a cut").

use crate::baggage::schema;
use crate::error::ErrorCode;
use crate::identity::PublicId;
use crate::remotes::Remote;
use crate::session::Secret;

use super::Client;
use super::shared::Env;

/// What an application names an imported object by, in later processes too: 64 bytes that look
/// random. (Our own public id in the session, which finds that, and a secret.)
pub type Token = [u8; 64];

impl Client {
    /// A token of a remote object; the same one each time, until it is released. It counts from the
    /// commit of what this writes on.
    ///
    /// # Errors
    ///
    /// `API_MISUSE` for anything but a remote object of a session that is stored; why its session
    /// ended, when that is over.
    pub fn ref_token(&mut self, env: Env<'_>, handle: u32) -> Result<Token, ErrorCode> {
        self.begin();
        if let Some(code) = self.ended {
            return Err(code);
        }
        let (session, position) = match self.shared.remotes.get(handle) {
            Some(Remote::Object { session, position }) => (session, position),
            Some(Remote::Broken(code)) => return Err(code),
            _ => return Err(ErrorCode::ApiMisuse),
        };
        let secret: Secret = self.random.bytes();
        let named = self.with_session(env, session, |session, context| {
            let secret = session.name_import(context, position, secret)?;
            let mut token = [0; 64];
            let (own, rest) = token.split_at_mut(32);
            own.copy_from_slice(&session.parties.own_id.0);
            rest.copy_from_slice(&secret);
            Ok(token)
        });
        named.unwrap_or(Err(ErrorCode::SessionSevered))
    }

    /// The handle of the object that has this token. Its session is read from the store if it has
    /// to be, and resumed when something is asked of the object.
    ///
    /// # Errors
    ///
    /// `TOKEN_UNKNOWN`; `NO_NETLAYER` when there is none with the location that the session is of;
    /// `STORE_DAMAGED` and the like.
    pub fn ref_from_token(&mut self, env: Env<'_>, token: &Token) -> Result<u32, ErrorCode> {
        self.begin();
        let (session, secret) = self.of_token(env, token)?;
        let found = self.with_session(env, session, |session, context| {
            session.named_import(context, &secret)
        });
        found.unwrap_or(Err(ErrorCode::TokenUnknown))
    }

    /// Lets go of what a token kept. Without another holder the peer is told so.
    ///
    /// # Errors
    ///
    /// As [`Self::ref_from_token`].
    pub fn release_token(&mut self, env: Env<'_>, token: &Token) -> Result<(), ErrorCode> {
        self.begin();
        let (session, secret) = self.of_token(env, token)?;
        let released = self.with_session(env, session, |session, context| {
            session.forget_name(context, &secret)
        });
        self.end();
        released.unwrap_or(Err(ErrorCode::TokenUnknown))
    }

    /// The session of a token, and the token's secret.
    fn of_token(&mut self, env: Env<'_>, token: &Token) -> Result<(u32, Secret), ErrorCode> {
        if let Some(code) = self.ended {
            return Err(code);
        }
        let (mut own, mut secret) = ([0; 32], [0; 32]);
        own.copy_from_slice(&token[..32]);
        secret.copy_from_slice(&token[32..]);
        let own = PublicId(own);
        let mut known = self.sessions.values();
        if let Some(session) = known.find(|session| session.parties.own_id == own) {
            return Ok((session.key, secret));
        }
        let keys = env.store.keys(&schema::session_records_of(&own));
        let keys = keys.map_err(|error| self.shared.report(&error))?;
        let found = keys
            .iter()
            .find_map(|key| schema::parse_session_record(key));
        let (_, id) = found.ok_or(ErrorCode::TokenUnknown)?;
        if self.by_id.contains_key(&id) {
            // The other end of a session between two clients on one store.
            return Err(ErrorCode::NoNetlayer);
        }
        let session = self.load_stored(env, &own, id)?;
        Ok((session.ok_or(ErrorCode::TokenUnknown)?, secret))
    }
}
