//! Plans as lines: what is done about what, given what is known.
#![allow(clippy::unwrap_used)]
use super::state::{ContactState, Thread, TicketState, merge};
use super::*;
use crate::facts::Door;
use crate::{ClosingPolicy, ToHighlevel};
use hatbridge_schemas::{CallDetail, Command, Contact, Conversation, Direction, EntityKind, EntityRef, Message, Sentence, TenantId, Ticket, TicketStatus, Via};

const NOW: i64 = 1_800_000_000_000_000;

fn event(source: System, kind: EntityKind, id: &str, root: &str, change: Change, payload: Option<Payload>) -> Event {
    let entity = EntityRef { kind, id: id.into(), root: root.into() };
    Event::new(source, TenantId::new("shop"), entity, change, "1".into(), NOW, NOW, Via::Webhook, payload, None)
}

fn ada() -> Contact {
    Contact { first_name: Some("Ada".into()), email: Some("ada@x.example".into()), tags: Some(vec!["vip".into()]), ..Contact::default() }
}

fn known(contact: &Contact) -> Facts {
    Facts {
        highlevel: Some("H1".into()),
        hats: Some("S1".into()),
        contact_state: Some(merge(&ContactState::default(), contact, true).0),
        ..Facts::none(Door::Rest, NOW)
    }
}

fn hats_knows() -> Facts {
    Facts { hats: Some("S1".into()), ..Facts::none(Door::Rest, NOW) }
}

fn highlevel_knows(door: Door) -> Facts {
    Facts { highlevel: Some("H1".into()), ..Facts::none(door, NOW) }
}

/// Names of the planned actions, or why there are none.
fn line(event: &Event, facts: &Facts, flows: &Flows) -> String {
    match plan(event, facts, flows) {
        Plan::Do { actions, .. } => actions.iter().map(Action::name).collect::<Vec<_>>().join(", "),
        Plan::Need(need) => format!("need {need:?}"),
        Plan::Nothing { why, .. } => format!("{why:?}"),
        Plan::Unmappable(_) => "unmappable".to_owned(),
    }
}

fn hats_contact(change: Change, contact: Contact) -> Event {
    event(System::SeventeenHats, EntityKind::Contact, "S1", "S1", change, Some(Payload::Contact(contact)))
}

fn highlevel_contact(change: Change, contact: Contact) -> Event {
    event(System::Highlevel, EntityKind::Contact, "H1", "H1", change, Some(Payload::Contact(contact)))
}

fn hats_message(change: Change, message: Message) -> Event {
    event(System::SeventeenHats, EntityKind::Message, "M1", "S1", change, Some(Payload::Message(message)))
}

fn highlevel_message(change: Change, message: Message) -> Event {
    event(System::Highlevel, EntityKind::Message, "X1", "H1", change, Some(Payload::Message(message)))
}

fn text(direction: Direction) -> Message {
    Message { direction: Some(direction), body: Some("Hello".into()), channel: Some("SMS".into()), sent_at: Some(NOW), ..Message::default() }
}

fn ticket(status: TicketStatus) -> Event {
    let payload =
        Ticket { contact_id: Some("S1".into()), subject: Some("Wedding".into()), body: Some("In June".into()), status: Some(status), ..Ticket::default() };
    event(System::SeventeenHats, EntityKind::Ticket, "T1", "S1", Change::Updated, Some(Payload::Ticket(payload)))
}

#[test]
fn contacts_are_made_updated_and_their_echo_is_silent() {
    let flows = Flows::default();
    let created = hats_contact(Change::Created, ada());
    assert_eq!(line(&created, &hats_knows(), &flows), "contact.create, conversation.open");
    assert_eq!(line(&created, &known(&ada()), &flows), "Echo");
    let moved = Contact { city: Some("Bern".into()), ..ada() };
    let moves = hats_contact(Change::Updated, moved.clone());
    assert_eq!(line(&moves, &known(&ada()), &flows), "need Contact");
    assert_eq!(line(&moves, &Facts { contact: Some(moved.clone()), ..known(&ada()) }, &flows), "contact.update");
    assert_eq!(line(&moves, &Facts { contact: Some(ada()), ..known(&ada()) }, &flows), "Unchanged", "the echo of our last write but one");
    assert_eq!(line(&moves, &Facts { door: Door::Zapier, ..known(&ada()) }, &flows), "contact.update", "a Zap's contact can't be read");
    // HighLevel's webhooks come in any order: what seems new is read by id first.
    let told = highlevel_contact(Change::Updated, moved.clone());
    assert_eq!(line(&told, &known(&ada()), &flows), "need Contact");
    assert_eq!(line(&told, &Facts { contact: Some(moved), ..known(&ada()) }, &flows), "contact.update");
    assert_eq!(line(&told, &Facts { contact: Some(ada()), ..known(&ada()) }, &flows), "Unchanged", "a late webhook changes nothing");
    let off = Flows { contacts: crate::Contacts { to_highlevel: false, ..Default::default() }, ..Flows::default() };
    assert_eq!(line(&created, &hats_knows(), &off), "Ignored");
}

#[test]
fn a_contact_that_bears_our_mark_is_linked_and_not_made_again() {
    let flows = Flows::default();
    let ours = highlevel_contact(Change::Created, Contact { origin: Some("hatbridge:17hats:S1".into()), ..ada() });
    let Plan::Nothing { after, .. } = plan(&ours, &highlevel_knows(Door::Rest), &flows) else { panic!("linked") };
    assert_eq!(after.link_contact, Some(("H1".into(), "S1".into())));
    let by_zap = hats_contact(Change::Created, Contact { tags: Some(vec!["hatbridge:hl:H1".into()]), ..ada() });
    let Plan::Nothing { after, .. } = plan(&by_zap, &Facts { door: Door::Zapier, ..hats_knows() }, &flows) else { panic!("linked") };
    assert_eq!(after.link_contact, Some(("H1".into(), "S1".into())));
}

#[test]
fn an_interrupted_creation_does_what_is_left_of_it() {
    let resumed = Facts { begun: vec!["contact.create".into()], ..known(&ada()) };
    assert_eq!(line(&hats_contact(Change::Created, ada()), &resumed, &Flows::default()), "contact.create, conversation.open");
}

#[test]
fn a_message_of_17hats_is_recorded_sent_or_left() {
    let flows = Flows::default();
    let inbound = hats_message(Change::Created, text(Direction::Inbound));
    assert_eq!(line(&inbound, &known(&ada()), &flows), "message.record");
    assert_eq!(line(&inbound, &hats_knows(), &flows), "need Contact");
    assert_eq!(line(&inbound, &Facts { contact: Some(ada()), ..hats_knows() }, &flows), "contact.create, message.record");
    assert_eq!(line(&inbound, &Facts { link: Some("X1".into()), ..known(&ada()) }, &flows), "Echo");
    let closed = Thread { closed_at: Some(NOW - 5), ..Thread::default() };
    assert_eq!(line(&inbound, &Facts { thread: closed, ..known(&ada()) }, &flows), "message.record, conversation.read");
    let send = Flows { messages: crate::Messages { to_highlevel: ToHighlevel::Send, ..Default::default() }, ..Flows::default() };
    assert_eq!(line(&hats_message(Change::Created, text(Direction::Outbound)), &known(&ada()), &send), "message.send, message.mark");
    assert_eq!(line(&inbound, &known(&ada()), &send), "message.record");
    let off = Flows { messages: crate::Messages { to_highlevel: ToHighlevel::Off, ..Default::default() }, ..Flows::default() };
    assert_eq!(line(&inbound, &known(&ada()), &off), "Ignored");
    let copy = hats_message(Change::Created, Message { external_id: Some("X9".into()), ..text(Direction::Inbound) });
    assert_eq!(line(&copy, &known(&ada()), &flows), "Echo", "made by us");
}

#[test]
fn a_scheduled_message_is_sent_later_and_cancelled_once() {
    let flows = Flows::default();
    let message = Message { status: Some("scheduled".into()), scheduled_at: Some(NOW + 1), ..text(Direction::Outbound) };
    let linked = Facts { link: Some("X1".into()), ..known(&ada()) };
    assert_eq!(line(&hats_message(Change::Created, message.clone()), &known(&ada()), &flows), "message.send, message.mark");
    let cancelled = hats_message(Change::Updated, Message { status: Some("cancelled".into()), ..message });
    assert_eq!(line(&cancelled, &linked, &flows), "message.cancel");
    assert_eq!(line(&cancelled, &Facts { status: Some("cancelled".into()), ..linked }, &flows), "Echo");
    assert_eq!(line(&cancelled, &known(&ada()), &flows), "Ignored", "never sent");
}

#[test]
fn a_message_of_highlevel_opens_a_ticket_once_and_is_copied() {
    let flows = Flows::default();
    let message = Message { conversation_id: Some("V1".into()), ..text(Direction::Inbound) };
    let came = highlevel_message(Change::Created, message.clone());
    assert_eq!(line(&came, &known(&ada()), &flows), "ticket.open, message.create");
    let thread = Thread { conversation: Some("V1".into()), ticket: Some("T1".into()), closed_at: None, ..Thread::default() };
    assert_eq!(line(&came, &Facts { thread: thread.clone(), ..known(&ada()) }, &flows), "message.create");
    let closed = Thread { closed_at: Some(NOW - 1), ..thread.clone() };
    assert_eq!(line(&came, &Facts { thread: closed.clone(), ..known(&ada()) }, &flows), "ticket.reopen, message.create");
    let before = Thread { closed_at: Some(NOW + 1), ..thread };
    assert_eq!(line(&came, &Facts { thread: before, ..known(&ada()) }, &flows), "message.create", "written before the closing");
    let sent = highlevel_message(Change::Created, Message { direction: Some(Direction::Outbound), ..message });
    assert_eq!(line(&sent, &Facts { thread: closed, ..known(&ada()) }, &flows), "message.create", "our own words reopen nothing");
}

#[test]
fn a_zap_gets_lines_in_the_notes() {
    let flows = Flows::default();
    let came = highlevel_message(Change::Created, Message { conversation_id: Some("V1".into()), ..text(Direction::Inbound) });
    let facts = Facts { door: Door::Zapier, ..known(&ada()) };
    assert_eq!(line(&came, &facts, &flows), "zap.conversation, zap.message");
    assert_eq!(line(&came, &Facts { thread: Thread { conversation: Some("V1".into()), ..Thread::default() }, ..facts.clone() }, &flows), "zap.message");
    assert_eq!(line(&came, &highlevel_knows(Door::Zapier), &flows), "need Contact");
}

#[test]
fn a_status_is_told_back_once() {
    let flows = Flows::default();
    let told = highlevel_message(Change::Updated, Message { status: Some("delivered".into()), ..text(Direction::Outbound) });
    let linked = Facts { link: Some("M1".into()), status: Some("sent".into()), ..known(&ada()) };
    assert_eq!(line(&told, &linked, &flows), "message.status");
    assert_eq!(line(&told, &Facts { status: Some("delivered".into()), ..linked.clone() }, &flows), "Echo");
    assert_eq!(line(&told, &Facts { status: Some("read".into()), ..linked.clone() }, &flows), "Echo", "late");
    assert_eq!(line(&told, &Facts { link: Some("ticket:T1".into()), ..linked.clone() }, &flows), "Echo", "a ticket's first words have no status");
    assert_eq!(line(&highlevel_message(Change::Created, text(Direction::Outbound)), &linked, &flows), "Echo");
}

#[test]
fn what_became_of_a_message_through_our_provider_is_reported_once() {
    let flows = Flows::default();
    let told = hats_message(Change::Updated, Message { external_id: Some("X1".into()), status: Some("delivered".into()), ..text(Direction::Outbound) });
    let ours = Facts { link: Some("X1".into()), status: Some("sent".into()), of_provider: true, ..known(&ada()) };
    assert_eq!(line(&told, &ours, &flows), "message.report");
    assert_eq!(line(&told, &Facts { status: Some("delivered".into()), ..ours.clone() }, &flows), "Echo");
    assert_eq!(line(&told, &Facts { of_provider: false, ..ours }, &flows), "Echo", "only the provider's own messages have a writable status");
}

#[test]
fn a_completed_call_is_transcribed_once() {
    let flows = Flows::default();
    let call = |status: &str| Message {
        channel: Some("CALL".into()),
        status: Some(status.into()),
        call: Some(CallDetail::default()),
        conversation_id: Some("V1".into()),
        ..Message::default()
    };
    let facts = Facts { thread: Thread { conversation: Some("V1".into()), ticket: Some("T1".into()), closed_at: None, ..Thread::default() }, ..known(&ada()) };
    assert_eq!(line(&highlevel_message(Change::Created, call("ringing")), &facts, &flows), "Ignored");
    let done = highlevel_message(Change::Created, call("completed"));
    assert_eq!(line(&done, &facts, &flows), "need Transcript");
    let said = vec![Sentence { text: "Hello".into(), ..Sentence::default() }];
    assert_eq!(line(&done, &Facts { sentences: Some(said), ..facts.clone() }, &flows), "transcript.create");
    assert_eq!(line(&done, &Facts { sentences: Some(vec![]), ..facts.clone() }, &flows), "Unchanged", "nothing was said");
    assert_eq!(line(&highlevel_message(Change::Updated, call("completed")), &Facts { link: Some("transcript:R1".into()), ..facts }, &flows), "Echo");
}

#[test]
fn a_ticket_opens_closes_and_opens_again() {
    let flows = Flows::default();
    assert_eq!(line(&ticket(TicketStatus::Open), &known(&ada()), &flows), "message.record");
    assert_eq!(line(&ticket(TicketStatus::Open), &hats_knows(), &flows), "need Contact");
    let state = |status: &str| Some(TicketState { status: status.into(), text: "Wedding\n\nIn June".into() });
    let open = Facts { ticket_state: state("open"), link: Some("V1".into()), ..known(&ada()) };
    assert_eq!(line(&ticket(TicketStatus::Open), &open, &flows), "Echo");
    assert_eq!(line(&ticket(TicketStatus::Closed), &open, &flows), "need Tickets");
    assert_eq!(line(&ticket(TicketStatus::Closed), &Facts { other_open: Some(Some("T2".into())), ..open.clone() }, &flows), "Unchanged");
    let last = Facts { other_open: Some(None), ..open.clone() };
    assert_eq!(line(&ticket(TicketStatus::Closed), &last, &flows), "conversation.read, contact.tag");
    let written = Facts { thread: Thread { last_inbound: Some(NOW + 1), ..Thread::default() }, ..last.clone() };
    assert_eq!(line(&ticket(TicketStatus::Closed), &written, &flows), "ticket.reopen", "the client wrote after the closing, before we heard of it");
    let delete = Flows { closing: crate::Closing { policy: ClosingPolicy::Delete, ..Default::default() }, ..Flows::default() };
    assert_eq!(line(&ticket(TicketStatus::Closed), &last, &delete), "conversation.delete");
    assert_eq!(line(&ticket(TicketStatus::Open), &Facts { ticket_state: state("closed"), ..open.clone() }, &flows), "contact.untag");
    let renamed = Facts { ticket_state: Some(TicketState { text: "Old".into(), status: "open".into() }), ..open };
    assert_eq!(line(&ticket(TicketStatus::Open), &renamed, &flows), "contact.note");
    assert_eq!(line(&ticket(TicketStatus::Closed), &known(&ada()), &flows), "Ignored", "history");
}

#[test]
fn a_new_conversation_opens_a_ticket_unless_it_is_ours() {
    let flows = Flows::default();
    let made = |change| {
        event(
            System::Highlevel,
            EntityKind::Conversation,
            "V1",
            "H1",
            change,
            Some(Payload::Conversation(Conversation { contact_id: Some("H1".into()), ..Conversation::default() })),
        )
    };
    assert_eq!(line(&made(Change::Created), &known(&ada()), &flows), "ticket.open");
    assert_eq!(line(&made(Change::Updated), &known(&ada()), &flows), "Ignored");
    let ours = Facts { thread: Thread { conversation: Some("V1".into()), ..Thread::default() }, ..known(&ada()) };
    assert_eq!(line(&made(Change::Created), &ours, &flows), "Echo");
}

#[test]
fn commands_are_carried_out_or_refused_with_words() {
    let flows = Flows::default();
    let order = |operation: &str| {
        event(
            System::Hatbridge,
            EntityKind::Conversation,
            "H1",
            "H1",
            Change::Command,
            Some(Payload::Command(Command { operation: operation.into(), parameters: "{}".into() })),
        )
    };
    assert_eq!(line(&order("archive conversation"), &known(&ada()), &flows), "conversation.read, contact.tag");
    assert_eq!(line(&order("fly"), &known(&ada()), &flows), "unmappable");
}

#[test]
fn what_is_deleted_is_forgotten_and_nothing_is_deleted_for_it() {
    for kind in [EntityKind::Contact, EntityKind::Ticket, EntityKind::Message] {
        let gone = event(System::SeventeenHats, kind, "S1", "S1", Change::Deleted, None);
        let Plan::Nothing { after, .. } = plan(&gone, &known(&ada()), &Flows::default()) else { panic!("nothing is done") };
        assert!(after.unlink.is_some(), "{kind}");
    }
}
