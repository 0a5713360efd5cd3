//! Makes the seeds.

use std::path::Path;

use serde_json::Value;

use crate::peer;

fn write(target: &str, name: &str, data: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target);
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(name), data).expect("a file");
}

/// The encoded values of a file of vectors.
fn vectors(file: &str) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let text = std::fs::read_to_string(path.join(file)).expect("vectors");
    let all: Value = serde_json::from_str(&text).expect("JSON");
    let accepted = all["accept"].as_array().expect("a list").iter();
    let hex = accepted.map(|vector| vector["hex"].as_str().expect("hex"));
    hex.map(from_hex).collect()
}

fn from_hex(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.map(|pair| byte(pair).expect("hex")).collect()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[test]
#[ignore = "it writes the seeds"]
fn write_seeds() {
    let (syrup, operations) = (vectors("syrup.json"), vectors("operations.json"));
    for (index, bytes) in syrup.iter().chain(&operations).enumerate() {
        if bytes.len() < 1_000 {
            write("wire", &format!("{index:03}"), bytes);
        }
    }
    // All operations in each phase, with the application doing something after each.
    for phase in 0..8 {
        for setup in [0, 1, 6] {
            let mut data = vec![phase, setup];
            for (index, bytes) in operations.iter().enumerate() {
                if bytes.len() > 600 || index % 3 != usize::from(phase) % 3 {
                    continue;
                }
                data.push(0);
                data.extend((bytes.len() as u16).to_le_bytes());
                data.extend(bytes);
                data.extend([15, index as u8, 9 + 16 * (index as u8 % 16)]);
            }
            write("peer", &format!("phase-{phase}-{setup}"), &data);
        }
    }
    // An integer, text, a list, a struct, a tagged value, a reference, bytes, a float.
    let tapes = [
        vec![4, 7],
        vec![5, 1, 1],
        vec![6, 3, u32::from_le_bytes(*b"-12\0")],
        vec![7, 0, 0x3ff0_0000],
        vec![8, 4, u32::from_le_bytes(*b"text")],
        vec![10, 2, 0xffff],
        vec![11, 2, 2, 15, 3],
        vec![12, 2, 1, 0x62, 2, 1, 0x61, 3],
        vec![13, 1, 0x74, 0],
        vec![14, 1, 0x65],
        vec![16, 8, 1, 0x74, 8, 1, 0x64, 2, 10, 1, 1],
    ];
    for (index, tape) in tapes.iter().enumerate() {
        write("tape", &format!("{index:02}"), &words(tape));
    }
    let mut host = peer::at(2, 0);
    host.act(0x57);
    for (index, (_, value)) in host.store.iter().enumerate() {
        write(
            "records",
            &format!("raw-{index}"),
            &[&[index as u8], value].concat(),
        );
        // The body is between the version and the checksum.
        let body = &value[b"<6'record1+".len()..value.len() - b"8:12345678>".len()];
        for what in 0..16 {
            let name = format!("body-{index}-{what:02}");
            write("records", &name, &[&[0x80 | what], body].concat());
        }
    }
}
