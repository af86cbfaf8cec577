//! Everything one location holds, for comparing it with the other side.

use super::{
    calendars::{Calendars, Family, Record},
    location::Location,
    records,
    simple::Sort,
    state::Simple,
};
use serde_json::{Value, json};

/// Oldest first everywhere. Messages show their whole text, e-mails too.
pub(super) fn dump(location: &Location) -> Value {
    let shelf = location.look();
    let id = &*location.id;
    let contacts: Vec<Value> = shelf.contacts_in_order.values().filter_map(|contact| shelf.contact(contact)).map(|contact| contact.by_id(id)).collect();
    let mut conversations: Vec<_> = shelf.conversations.values().filter(|conversation| !conversation.deleted).collect();
    conversations.sort_by_key(|conversation| conversation.sequence);
    let mut messages: Vec<_> = shelf.messages.values().collect();
    messages.sort_by_key(|message| (message.date_added, message.sequence));
    let transcriptions: Vec<Value> = messages
        .iter()
        .filter_map(|message| shelf.transcripts.get(&message.id).map(|sentences| (message, sentences)))
        .map(|(message, sentences)| {
            let sentences: Vec<Value> = sentences.iter().enumerate().map(|(index, sentence)| sentence.shown(index)).collect();
            json!({"messageId": &*message.id, "sentences": sentences})
        })
        .collect();
    let messages: Vec<Value> = messages
        .into_iter()
        .map(|message| {
            let mut shown = message.shown(id);
            shown["body"] = json!(message.body);
            shown
        })
        .collect();
    let simple = |sort: Sort| shelf.simple(sort).values().map(Simple::shown).collect::<Vec<_>>();
    let records = |family: records::Family| shelf.records.all(family).map(records::Record::shown).collect::<Vec<_>>();
    json!({
        "contacts": contacts,
        "conversations": conversations.into_iter().map(|conversation| conversation.answered(id)).collect::<Vec<_>>(),
        "messages": messages,
        "transcriptions": transcriptions,
        "notes": simple(Sort::Note),
        "tasks": simple(Sort::Task),
        "appointments": simple(Sort::Appointment),
        "calendars": shelf.calendars.all(Family::Calendar).map(|calendar| Calendars::shown(calendar, &location.id)).collect::<Vec<_>>(),
        "blockedSlots": shelf.calendars.all(Family::Block).map(Record::as_event).collect::<Vec<_>>(),
        "opportunities": simple(Sort::Opportunity),
        "businesses": records(records::Family::Business),
        "associations": records(records::Family::Association),
        "relations": records(records::Family::Relation),
        "blogPosts": records(records::Family::BlogPost),
    })
}
