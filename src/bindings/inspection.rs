//! A look inside a client, and the table of error codes, as JavaScript reads them.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::client::{Inspection, SessionInspection};
use crate::error::ErrorCode;

/// Every error code, in a line of its own: number, code and text, apart by tabs. (As objects they would cost each start a millisecond.)
#[wasm_bindgen]
pub fn error_table() -> String {
    let mut table = String::new();
    for code in ErrorCode::ALL {
        table += &(*code as u32).to_string();
        for part in ["\t", code.as_str(), "\t", code.text(), "\n"] {
            table += part;
        }
    }
    table
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    sessions: Vec<ShownSession>,
    stored: usize,
    handshakes: usize,
    locals: usize,
    remotes: usize,
    gifts: usize,
    claims: usize,
    written: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownSession {
    session: u32,
    id: String,
    transport: String,
    designator: String,
    status: &'static str,
    connection: Option<u32>,
    outgoing: bool,
    proven: bool,
    dialect: &'static str,
    resumes: u64,
    sent: u64,
    seen: u64,
    next_export: u64,
    exports: Vec<ShownExport>,
    imports: Vec<ShownImport>,
    questions: usize,
    answers: usize,
    answer_handles: Vec<ShownAnswer>,
    handoff_count: u64,
    queued: usize,
    deposits: usize,
}

#[derive(Debug, Serialize)]
struct ShownExport {
    position: u64,
    handle: u32,
    promise: bool,
    count: u64,
    stored: bool,
}

#[derive(Debug, Serialize)]
struct ShownImport {
    position: u64,
    handle: u32,
    promise: bool,
    count: u64,
}

#[derive(Debug, Serialize)]
struct ShownAnswer {
    position: u64,
    handle: u32,
}

/// What a client holds, without secrets.
pub(super) fn show(inspection: Inspection) -> Result<JsValue, JsValue> {
    let shown = Shown {
        sessions: inspection.sessions.into_iter().map(show_session).collect(),
        stored: inspection.stored,
        handshakes: inspection.handshakes,
        locals: inspection.locals,
        remotes: inspection.remotes,
        gifts: inspection.gifts,
        claims: inspection.claims,
        written: inspection.written,
    };
    Ok(serde_wasm_bindgen::to_value(&shown)?)
}

fn show_session(session: SessionInspection) -> ShownSession {
    let exports = session.exports.into_iter();
    let imports = session.imports.into_iter();
    ShownSession {
        session: session.session,
        id: session.id.to_hex(),
        transport: session.peer.transport,
        designator: session.peer.designator,
        status: session.status,
        connection: session.connection,
        outgoing: session.outgoing,
        proven: session.proven,
        dialect: if session.dialects.agree_on_sends() {
            session.dialect.as_str()
        } else {
            "auto"
        },
        resumes: session.resumes,
        sent: session.sent,
        seen: session.seen,
        next_export: session.next_export,
        exports: exports
            .map(|(position, handle, promise, count, stored)| ShownExport {
                position,
                handle,
                promise,
                count,
                stored,
            })
            .collect(),
        imports: imports
            .map(|(position, handle, promise, count)| ShownImport {
                position,
                handle,
                promise,
                count,
            })
            .collect(),
        questions: session.questions,
        answers: session.answers,
        answer_handles: session
            .answer_handles
            .into_iter()
            .map(|(position, handle)| ShownAnswer { position, handle })
            .collect(),
        handoff_count: session.handoff_count,
        queued: session.queued,
        deposits: session.deposits,
    }
}
