//! From what the simulators hold to records that can be compared. Pure.

use super::compare::{Holding, Kind, Record, Side};
use super::script::Door;
use hatbridge_systems::highlevel::wire::MARK_PREFIX;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Tags beginning so are hatbridge's own, on one side only.
const OWN_TAGS: &str = "hatbridge";

/// What both systems hold of a tenant, as records.
#[must_use]
pub fn holding(tenant: &str, door: Door, highlevel: &Value, hats: &Value) -> Holding {
    let there = hats_contacts(rows(hats, "contacts"), door, rows(highlevel, "contacts"));
    let here = highlevel_contacts(rows(highlevel, "contacts"));
    let mut holding = Holding { tenant: tenant.to_owned(), highlevel: Side::new(), seventeen_hats: Side::new() };
    let messages: Vec<&Value> = rows(highlevel, "messages").iter().filter(|m| !is_call(m)).collect();
    let calls: Vec<&Value> = rows(highlevel, "messages").iter().filter(|m| is_completed_call(m)).collect();
    match door {
        Door::Rest => {
            // A ticket's first words are a message in HighLevel under the ticket's own id; they are
            // looked at with the ticket.
            let tickets: HashSet<&str> = rows(hats, "tickets").iter().map(|t| text(t, "id")).collect();
            let own: Vec<&Value> = messages.into_iter().filter(|m| !tickets.contains(text(m, "altId"))).collect();
            holding.highlevel.insert(Kind::Message, highlevel_messages(&own));
            holding.seventeen_hats.insert(Kind::Message, hats_messages(rows(hats, "messages")));
            holding.highlevel.insert(Kind::Transcript, calls.iter().map(|call| record(text(call, "id"), text(call, "contactId"), [])).collect());
            holding.seventeen_hats.insert(Kind::Transcript, hats_transcripts(rows(hats, "transcripts")));
            let threads = threads(highlevel, hats, &here, &there);
            holding.highlevel.insert(Kind::Thread, threads.0);
            holding.seventeen_hats.insert(Kind::Thread, threads.1);
        }
        Door::Zapier => {
            holding.highlevel.insert(Kind::Message, messages.iter().map(|m| record(text(m, "id"), text(m, "contactId"), [])).collect());
            holding.seventeen_hats.insert(Kind::Message, noted(&messages, rows(hats, "contacts"), |m| vec![text(m, "body").to_owned()]));
            holding.highlevel.insert(Kind::Transcript, calls.iter().map(|call| record(text(call, "id"), text(call, "contactId"), [])).collect());
            holding.seventeen_hats.insert(Kind::Transcript, noted(&calls, rows(hats, "contacts"), |call| sentences(highlevel, text(call, "id"))));
        }
    }
    holding.highlevel.insert(Kind::Contact, here);
    holding.seventeen_hats.insert(Kind::Contact, there);
    holding
}

fn rows<'a>(dump: &'a Value, name: &str) -> &'a [Value] {
    dump[name].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}

fn record(id: &str, contact: &str, marks: impl IntoIterator<Item = String>) -> Record {
    Record { id: id.to_owned(), contact: contact.to_owned(), marks: marks.into_iter().filter(|mark| !mark.is_empty()).collect(), ..Record::default() }
}

fn is_call(message: &Value) -> bool {
    let kind = text(message, "messageType");
    kind.contains("CALL") || kind.starts_with("TYPE_ACTIVITY")
}

fn is_completed_call(message: &Value) -> bool {
    text(message, "messageType").contains("CALL") && text(message, "status") == "completed"
}

fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

fn tags(row: &Value) -> String {
    let all = row["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_lowercase);
    all.filter(|tag| !tag.starts_with(OWN_TAGS)).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}

fn contact_fields(row: &Value, first_name: &str, last_name: &str) -> BTreeMap<&'static str, String> {
    [
        ("first_name", text(row, first_name).to_owned()),
        ("last_name", text(row, last_name).to_owned()),
        ("email", text(row, "email").to_lowercase()),
        ("phone", digits(text(row, "phone"))),
        ("city", text(row, "city").to_owned()),
        ("tags", tags(row)),
    ]
    .into()
}

fn highlevel_contacts(rows: &[Value]) -> Vec<Record> {
    let one = |row: &Value| {
        let mark = text(row, "source").strip_prefix(MARK_PREFIX).unwrap_or_default().to_owned();
        Record { fields: contact_fields(row, "firstName", "lastName"), ..record(text(row, "id"), text(row, "id"), [mark]) }
    };
    rows.iter().map(one).collect()
}

/// A Zap shows no field for our mark, so there a person is who has the address.
fn hats_contacts(rows: &[Value], door: Door, highlevel: &[Value]) -> Vec<Record> {
    let mut by_email: HashMap<String, Vec<String>> = HashMap::new();
    for row in highlevel {
        by_email.entry(text(row, "email").to_lowercase()).or_default().push(text(row, "id").to_owned());
    }
    let one = |row: &Value| {
        let marks = match door {
            Door::Rest => vec![text(row, "external_id").to_owned()],
            Door::Zapier => by_email.get(&text(row, "email").to_lowercase()).cloned().unwrap_or_default(),
        };
        Record { fields: contact_fields(row, "first_name", "last_name"), ..record(text(row, "id"), text(row, "id"), marks) }
    };
    rows.iter().map(one).collect()
}

/// Cancelled or not is all of a message's status that both sides share.
fn message_fields(row: &Value) -> BTreeMap<&'static str, String> {
    let cancelled = matches!(text(row, "status"), "cancelled" | "canceled");
    [("body", text(row, "body").to_owned()), ("direction", text(row, "direction").to_owned()), ("cancelled", cancelled.to_string())].into()
}

/// Where a message stands in its thread: both products show a thread by its messages' own time, in
/// milliseconds, which is what both keep. 0, no place, if it says none.
fn moment(row: &Value, names: &[&str]) -> u64 {
    let at = names.iter().find_map(|name| text(row, name).parse::<jiff::Timestamp>().ok());
    at.and_then(|at| u64::try_from(at.as_millisecond()).ok()).unwrap_or(0)
}

fn highlevel_messages(rows: &[&Value]) -> Vec<Record> {
    let one = |row: &&Value| Record {
        fields: message_fields(row),
        sequence: moment(row, &["dateAdded"]),
        ..record(text(row, "id"), text(row, "contactId"), [text(row, "altId").to_owned()])
    };
    rows.iter().map(one).collect()
}

/// A message that HighLevel was asked to send has its time there, when it is sent: no place here.
fn hats_messages(rows: &[Value]) -> Vec<Record> {
    let one = |row: &Value| Record {
        fields: message_fields(row),
        sequence: if sent_by_us(row) { 0 } else { moment(row, &["sent_at", "created_at"]) },
        ..record(text(row, "id"), text(row, "contact_id"), [text(row, "external_id").to_owned()])
    };
    rows.iter().map(one).collect()
}

/// Whether HighLevel was asked to send it: it bears HighLevel's id, but is no copy, which would have
/// the ticket of its conversation.
fn sent_by_us(hats_message: &Value) -> bool {
    !text(hats_message, "external_id").is_empty() && text(hats_message, "ticket_id").is_empty()
}

fn hats_transcripts(rows: &[Value]) -> Vec<Record> {
    rows.iter().map(|row| record(text(row, "id"), text(row, "contact_id"), [text(row, "call_id").to_owned()])).collect()
}

/// What a call's transcript says, sentence by sentence.
fn sentences(highlevel: &Value, call: &str) -> Vec<String> {
    let transcription = rows(highlevel, "transcriptions").iter().find(|t| text(t, "messageId") == call);
    let lines = transcription.and_then(|t| t["sentences"].as_array()).into_iter().flatten();
    lines.map(|line| text(line, "transcript").to_owned()).collect()
}

/// Every time that all texts of an original stand in somebody's notes is one copy.
fn noted(originals: &[&Value], contacts: &[Value], texts: impl Fn(&Value) -> Vec<String>) -> Vec<Record> {
    let mut copies = vec![];
    for contact in contacts {
        let notes = text(contact, "notes");
        for original in originals {
            let times = texts(original).iter().map(|text| notes.matches(text.as_str()).count()).min().unwrap_or(0);
            for time in 0..times {
                let id = format!("{}#{}#{time}", text(contact, "id"), text(original, "id"));
                copies.push(record(&id, text(contact, "id"), [text(original, "id").to_owned()]));
            }
        }
    }
    copies
}

/// Tickets against conversations: a person with tickets of 17hats' own has one conversation, which
/// is closed if all tickets are; a ticket made for a conversation is that conversation's only one.
fn threads(highlevel: &Value, hats: &Value, here: &[Record], there: &[Record]) -> (Vec<Record>, Vec<Record>) {
    let of_contact: HashMap<&str, &str> = here
        .iter()
        .flat_map(|record| record.marks.iter().map(|mark| (mark.as_str(), record.id.as_str())))
        .chain(there.iter().flat_map(|record| record.marks.iter().map(|mark| (record.id.as_str(), mark.as_str()))))
        .collect();
    let (own, made): (Vec<&Value>, Vec<&Value>) = rows(hats, "tickets").iter().partition(|ticket| text(ticket, "external_id").is_empty());
    let mut open: BTreeMap<&str, bool> = own.iter().map(|ticket| (text(ticket, "contact_id"), false)).collect();
    // One ticket that is not closed keeps the thread open, whoever made it.
    for ticket in rows(hats, "tickets") {
        if let Some(open) = open.get_mut(text(ticket, "contact_id")) {
            *open |= text(ticket, "status") != "closed";
        }
    }
    let (mut conversations, mut tickets) = (vec![], vec![]);
    for (contact, open) in &open {
        let id = format!("tickets of {contact}");
        let fields = |open: bool| -> BTreeMap<&'static str, String> { [("open", open.to_string())].into() };
        tickets.push(Record { fields: fields(*open), ..record(&id, contact, []) });
        let other = of_contact.get(contact).copied().unwrap_or_default();
        for conversation in rows(highlevel, "conversations").iter().filter(|c| !other.is_empty() && text(c, "contactId") == other) {
            let unread = conversation["unreadCount"].as_i64().unwrap_or(0) > 0;
            let starred = conversation["starred"].as_bool().unwrap_or(false);
            // An open ticket says nothing about what was read.
            let closed = !*open && !unread && !starred;
            conversations.push(Record { fields: fields(!closed), ..record(&format!("{} for tickets", text(conversation, "id")), other, [id.clone()]) });
        }
    }
    for ticket in made {
        tickets.push(record(text(ticket, "id"), text(ticket, "contact_id"), [text(ticket, "external_id").to_owned()]));
    }
    let sent: HashSet<&str> = rows(hats, "messages").iter().filter(|m| sent_by_us(m)).map(|m| text(m, "external_id")).collect();
    let own_words = rows(highlevel, "messages").iter().filter(|m| text(m, "altId").is_empty() && !sent.contains(text(m, "id")));
    let wanted: HashSet<&str> = own_words.map(|m| text(m, "conversationId")).collect();
    let copied: HashSet<String> = tickets.iter().flat_map(|ticket| ticket.marks.iter().cloned()).collect();
    for conversation in rows(highlevel, "conversations") {
        let (id, contact) = (text(conversation, "id"), text(conversation, "contactId"));
        let has_own_ticket = of_contact.iter().any(|(hats, highlevel)| *highlevel == contact && open.contains_key(hats));
        if copied.contains(id) || (wanted.contains(id) && !has_own_ticket) {
            conversations.push(record(id, contact, []));
        }
    }
    (conversations, tickets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::compare::compare;
    use serde_json::json;

    fn agreeing() -> (Value, Value) {
        let highlevel = json!({
            "contacts": [
                {"id": "H1", "firstName": "A", "lastName": "B", "email": "A@x.example", "phone": "+1 202", "tags": ["VIP", "hatbridge-archived"], "source": "hatbridge:17hats:S1"},
                {"id": "H2", "firstName": "C", "email": "c@x.example", "city": "Bern"},
            ],
            "conversations": [{"id": "V1", "contactId": "H1", "unreadCount": 0}, {"id": "V2", "contactId": "H2", "unreadCount": 1}],
            "messages": [
                {"id": "M1", "contactId": "H1", "conversationId": "V1", "messageType": "TYPE_SMS", "direction": "inbound", "body": "one", "altId": "T1"},
                {"id": "M2", "contactId": "H1", "conversationId": "V1", "messageType": "TYPE_SMS", "direction": "inbound", "body": "two", "altId": "X2"},
                {"id": "M3", "contactId": "H2", "conversationId": "V2", "messageType": "TYPE_SMS", "direction": "outbound", "body": "three"},
                {"id": "M4", "contactId": "H2", "conversationId": "V2", "messageType": "TYPE_CALL", "status": "completed", "direction": "outbound"},
            ],
            "transcriptions": [{"messageId": "M4", "sentences": [{"transcript": "hello"}]}],
        });
        let hats = json!({
            "contacts": [
                {"id": "S1", "first_name": "A", "last_name": "B", "email": "a@x.example", "phone": "1202", "tags": ["vip"]},
                {"id": "S2", "first_name": "C", "email": "c@x.example", "city": "Bern", "external_id": "H2"},
            ],
            "tickets": [
                {"id": "T1", "contact_id": "S1", "status": "closed", "body": "one"},
                {"id": "T2", "contact_id": "S2", "status": "open", "external_id": "V2"},
            ],
            "messages": [
                {"id": "X2", "contact_id": "S1", "direction": "inbound", "body": "two", "status": "sent"},
                {"id": "X3", "contact_id": "S2", "direction": "outbound", "body": "three", "external_id": "M3"},
            ],
            "transcripts": [{"id": "R1", "contact_id": "S2", "call_id": "M4"}],
        });
        (highlevel, hats)
    }

    #[test]
    fn systems_in_step_compare_clean() {
        let (highlevel, hats) = agreeing();
        let comparison = compare(&[holding("a", Door::Rest, &highlevel, &hats)]);
        assert!(comparison.is_clean(), "{:#?}", comparison.differences);
        assert_eq!(comparison.pairs, [(Kind::Contact, 2), (Kind::Thread, 2), (Kind::Message, 2), (Kind::Transcript, 1)].into());
    }

    #[test]
    fn an_unread_conversation_of_a_closed_ticket_differs() {
        let (mut highlevel, hats) = agreeing();
        highlevel["conversations"][0]["unreadCount"] = json!(1);
        let comparison = compare(&[holding("a", Door::Rest, &highlevel, &hats)]);
        assert_eq!((comparison.lost, comparison.doubled, comparison.unconverged), (0, 0, 1), "{:#?}", comparison.differences);
    }

    #[test]
    fn a_second_ticket_for_one_conversation_is_doubled() {
        let (highlevel, mut hats) = agreeing();
        let again = json!({"id": "T9", "contact_id": "S2", "status": "open", "external_id": "V2"});
        if let Some(tickets) = hats["tickets"].as_array_mut() {
            tickets.push(again);
        }
        assert_eq!(compare(&[holding("a", Door::Rest, &highlevel, &hats)]).doubled, 1);
    }

    #[test]
    fn a_line_twice_in_the_notes_is_doubled_and_none_is_lost() {
        let (mut highlevel, mut hats) = agreeing();
        highlevel["messages"] = json!([highlevel["messages"][2].clone(), highlevel["messages"][3].clone()]);
        hats["contacts"][1]["notes"] = json!("three\nCall: hello");
        let zapier = |highlevel: &Value, hats: &Value| compare(&[holding("a", Door::Zapier, highlevel, hats)]);
        let clean = zapier(&highlevel, &hats);
        assert!(clean.is_clean(), "{:#?}", clean.differences);
        hats["contacts"][1]["notes"] = json!("three\nCall: hello\nthree");
        assert_eq!(zapier(&highlevel, &hats).doubled, 1);
        hats["contacts"][1]["notes"] = json!("Call: hello");
        assert_eq!(zapier(&highlevel, &hats).lost, 1);
    }
}
