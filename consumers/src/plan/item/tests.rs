//! Plans of notes, tasks, appointments and opportunities as lines.
#![allow(clippy::unwrap_used)]
use super::fields::{for_hats, merge};
use super::*;
use crate::plan::plan;
use hatbridge_schemas::{Appointment, Contact, EntityKind, EntityRef, Note, Opportunity, Payload, Task, TenantId, Via};
use serde_json::json;

/// 2026-11-24T09:30:00Z
const NOW: i64 = 1_795_512_600_000_000;

fn event(source: System, kind: EntityKind, change: Change, payload: Payload) -> Event {
    let (id, root) = if source == System::Highlevel { ("X1", "H1") } else { ("R1", "S1") };
    let entity = EntityRef { kind, id: id.into(), root: root.into() };
    Event::new(source, TenantId::new("shop"), entity, change, "1".into(), NOW, NOW, Via::Webhook, Some(payload), None)
}

fn note(source: System, change: Change, body: &str) -> Event {
    let contact_id = Some(if source == System::Highlevel { "H1" } else { "S1" }.to_owned());
    event(source, EntityKind::Note, change, Payload::Note(Note { contact_id, body: Some(body.into()), external_id: None }))
}

fn known(door: Door) -> Facts {
    let state = crate::plan::state::ContactState { fields: [("email".to_owned(), "ada@x.example".to_owned())].into(), ..Default::default() };
    Facts { highlevel: Some("H1".into()), hats: Some("S1".into()), contact_state: Some(state), ..Facts::none(door, NOW) }
}

fn seen(event: &Event, flows: &Flows) -> Seen {
    Seen::of(event.payload.as_ref().unwrap(), event.source, flows).unwrap()
}

/// The event's record as read: as the event says.
fn read(event: &Event, facts: Facts, flows: &Flows) -> Facts {
    Facts { item: Some(Some(seen(event, flows))), ..facts }
}

/// Linked, and agreed on what `event` says.
fn linked(event: &Event, facts: Facts, flows: &Flows) -> Facts {
    let other = if event.source == System::Highlevel { "R1" } else { "X1" };
    let state = ItemState { contact: "H1".into(), fields: merge(&Fields::new(), &seen(event, flows).fields).0 };
    Facts { link: Some(other.into()), item_state: Some(state), ..facts }
}

fn line(event: &Event, facts: &Facts, flows: &Flows) -> String {
    match plan(event, facts, flows) {
        Plan::Do { actions, .. } => actions.iter().map(Action::name).collect::<Vec<_>>().join(", "),
        Plan::Need(need) => format!("need {need:?}"),
        Plan::Nothing { why, .. } => format!("{why:?}"),
        Plan::Unmappable(_) => "unmappable".to_owned(),
    }
}

#[test]
fn a_note_is_made_changed_and_deleted_on_the_other_side() {
    let flows = Flows::default();
    for source in [System::Highlevel, System::SeventeenHats] {
        let made = note(source, Change::Created, "Likes tea");
        let facts = known(Door::Rest);
        assert_eq!(line(&made, &facts, &flows), "need Item", "a webhook may be late");
        assert_eq!(line(&made, &Facts { item: Some(None), ..facts.clone() }, &flows), "Ignored", "gone meanwhile");
        assert_eq!(line(&made, &read(&made, facts.clone(), &flows), &flows), "note.create");
        let agreed = linked(&made, facts.clone(), &flows);
        assert_eq!(line(&made, &agreed, &flows), "Echo");
        let change = note(source, Change::Updated, "Likes coffee");
        assert_eq!(line(&change, &agreed, &flows), "need Item");
        assert_eq!(line(&change, &read(&change, agreed.clone(), &flows), &flows), "note.update");
        assert_eq!(line(&change, &read(&made, agreed.clone(), &flows), &flows), "Unchanged", "a late webhook changes nothing");
        let gone = note(source, Change::Deleted, "Likes tea");
        assert_eq!(line(&gone, &agreed, &flows), "need Contact", "was it deleted with its contact?");
        assert_eq!(line(&gone, &Facts { contact: Some(Contact::default()), ..agreed.clone() }, &flows), "note.delete");
        assert_eq!(line(&gone, &facts, &flows), "Ignored", "the echo of our own deletion");
        let keep = Flows { notes: crate::Notes { deletions: false, ..Default::default() }, ..Flows::default() };
        assert_eq!(line(&gone, &agreed, &keep), "Ignored");
        let off = Flows { notes: crate::Notes { to_highlevel: false, to_seventeen_hats: false, ..Default::default() }, ..Flows::default() };
        assert_eq!(line(&made, &read(&made, facts, &flows), &off), "Ignored");
    }
}

#[test]
fn an_unknown_person_is_made_first() {
    let flows = Flows::default();
    let made = note(System::SeventeenHats, Change::Created, "Likes tea");
    let facts = read(&made, Facts { highlevel: None, ..known(Door::Rest) }, &flows);
    assert_eq!(line(&made, &facts, &flows), "need Contact");
    assert_eq!(line(&made, &Facts { contact: Some(Contact::default()), ..facts }, &flows), "contact.create, note.create");
}

#[test]
fn our_own_notes_stay_where_they_are() {
    let flows = Flows::default();
    for body in ["Ticket changed\n[hatbridge:17hats:T1:2]", "2026 SMS <- Hello [hatbridge:hl:m1]"] {
        assert_eq!(line(&note(System::Highlevel, Change::Created, body), &known(Door::Rest), &flows), "Ignored");
    }
    let copy = Payload::Note(Note { contact_id: Some("S1".into()), body: Some("Likes tea".into()), external_id: Some("X1".into()) });
    let ours = event(System::SeventeenHats, EntityKind::Note, Change::Created, copy);
    let Plan::Nothing { why: Why::Echo, after } = plan(&ours, &known(Door::Rest), &flows) else { panic!("linked") };
    assert_eq!(after.item.map(|(_, pair, _)| pair), Some(("X1".to_owned(), "R1".to_owned())), "made by us, the link was lost");
    let empty = note(System::Highlevel, Change::Created, " ");
    assert_eq!(line(&empty, &read(&empty, known(Door::Rest), &flows), &flows), "Ignored", "nothing to write");
}

#[test]
fn a_task_gets_the_due_date_that_highlevel_demands_and_its_echo_is_silent() {
    let flows = Flows::default();
    let todo = Task { contact_id: Some("S1".into()), title: Some("Call".into()), ..Task::default() };
    let made = event(System::SeventeenHats, EntityKind::Task, Change::Created, Payload::Task(todo));
    let Plan::Do { actions, .. } = plan(&made, &read(&made, known(Door::Rest), &flows), &flows) else { panic!("made") };
    let [Action::CreateItem { fields, .. }] = actions.as_slice() else { panic!("one action") };
    assert_eq!(fields::task(fields).due_at, Some(NOW + 7 * 86_400_000_000));
    let state = ItemState { contact: "H1".into(), fields: fields.clone() };
    let agreed = Facts { link: Some("X1".into()), item_state: Some(state.clone()), ..known(Door::Rest) };
    assert_eq!(line(&made, &agreed, &flows), "Echo", "that 17hats says nothing of a due date is no change");
    let echo = Task { contact_id: Some("H1".into()), title: Some("Call".into()), due_at: Some(NOW + 7 * 86_400_000_000), ..Task::default() };
    let echo = Task { body: Some(String::new()), completed: Some(false), ..echo };
    let echo = event(System::Highlevel, EntityKind::Task, Change::Created, Payload::Task(echo));
    assert_eq!(seen(&echo, &flows).fields.get("due"), state.fields.get("due"));
    let nobody = event(System::Highlevel, EntityKind::Task, Change::Created, Payload::Task(Task { title: Some("Call".into()), ..Task::default() }));
    assert_eq!(line(&nobody, &known(Door::Rest), &flows), "Ignored", "a webhook that does not say whose task it is");
}

fn visit(source: System, status: &str) -> Event {
    let contact_id = Some(if source == System::Highlevel { "H1" } else { "S1" }.to_owned());
    let visit =
        Appointment { contact_id, title: Some("Venue visit".into()), starts_at: Some(NOW), ends_at: Some(NOW + 3_600_000_000), ..Appointment::default() };
    event(source, EntityKind::Appointment, Change::Created, Payload::Appointment(Appointment { status: Some(status.into()), ..visit }))
}

#[test]
fn appointments_need_a_calendar_and_speak_each_sides_words() {
    let here = visit(System::SeventeenHats, "Booked");
    assert_eq!(line(&here, &known(Door::Rest), &Flows::default()), "Ignored", "no calendar is named");
    assert_eq!(line(&visit(System::Highlevel, "confirmed"), &known(Door::Rest), &Flows::default()), "Ignored", "off until wanted");
    let statuses = [("booked".to_owned(), "confirmed".to_owned())].into();
    let flows =
        Flows { appointments: crate::Appointments { calendar: "K".into(), to_seventeen_hats: true, statuses, ..Default::default() }, ..Flows::default() };
    let facts = read(&here, known(Door::Rest), &flows);
    assert_eq!(line(&here, &facts, &flows), "appointment.create");
    assert_eq!(seen(&here, &flows).fields["status"], "confirmed");
    let agreed = linked(&here, known(Door::Rest), &flows);
    let cancelled = visit(System::Highlevel, "cancelled");
    let there = Facts { link: Some("R1".into()), ..agreed.clone() };
    assert_eq!(line(&visit(System::Highlevel, "confirmed"), &there, &flows), "Echo");
    let Plan::Do { actions, .. } = plan(&cancelled, &read(&cancelled, there, &flows), &flows) else { panic!("changed") };
    let [Action::UpdateItem { fields, family, .. }] = actions.as_slice() else { panic!("one action") };
    assert_eq!(json!(for_hats(*family, fields, &flows)), json!({"status": "cancelled"}));
    let confirmed = for_hats(Family::Appointment, &seen(&here, &flows).fields, &flows);
    assert_eq!((&confirmed["status"], &confirmed["starts_at"]), (&json!("booked"), &json!(NOW)));
}

fn deal(source: System, stage: &str, status: &str, value: &str) -> Event {
    let highlevel = source == System::Highlevel;
    let deal = Opportunity {
        contact_id: Some(if highlevel { "H1" } else { "S1" }.to_owned()),
        pipeline_id: highlevel.then(|| "P".to_owned()),
        name: Some("Wedding".into()),
        stage_id: Some(stage.into()),
        status: Some(status.into()),
        monetary_value: Some(value.into()),
        ..Opportunity::default()
    };
    event(source, EntityKind::Opportunity, Change::Created, Payload::Opportunity(deal))
}

#[test]
fn opportunities_are_mapped_by_stage_status_and_value() {
    let project = deal(System::SeventeenHats, "planning", "Booked", "1200.00");
    assert_eq!(line(&project, &known(Door::Rest), &Flows::default()), "Ignored", "no pipeline is named");
    let opportunities = crate::Opportunities {
        pipeline: "P".into(),
        stages: [("Planning".to_owned(), "st1".to_owned())].into(),
        statuses: [("booked".to_owned(), "won".to_owned())].into(),
        ..Default::default()
    };
    let flows = Flows { opportunities, ..Flows::default() };
    assert_eq!(line(&project, &read(&project, known(Door::Rest), &flows), &flows), "opportunity.create");
    let fields = seen(&project, &flows).fields;
    assert_eq!(fields, [("name", "Wedding"), ("stage", "st1"), ("status", "won"), ("value", "1200")].map(|(a, b)| (a.to_owned(), b.to_owned())).into());
    assert_eq!(fields, seen(&deal(System::Highlevel, "st1", "won", "1200"), &flows).fields, "both sides say the same");
    let back = for_hats(Family::Opportunity, &fields, &flows);
    assert_eq!(json!(back), json!({"name": "Wedding", "stage": "Planning", "status": "booked", "value": "1200"}));
    assert!(!seen(&deal(System::Highlevel, "st9", "won", "0"), &flows).fields.contains_key("stage"), "a stage without a name stays behind");
    let Payload::Opportunity(mut other) = deal(System::Highlevel, "st1", "won", "1").payload.unwrap() else { panic!() };
    other.pipeline_id = Some("Q".into());
    let other = event(System::Highlevel, EntityKind::Opportunity, Change::Created, Payload::Opportunity(other));
    assert_eq!(line(&other, &known(Door::Rest), &flows), "Ignored", "another pipeline");
    let gone = Event { change: Change::Deleted, ..project.clone() };
    assert_eq!(line(&gone, &linked(&project, known(Door::Rest), &flows), &flows), "Ignored", "deletions are off by default");
}

/// The text and tags of the Zap that is planned.
fn zap(event: &Event, facts: &Facts, flows: &Flows) -> (String, Vec<String>) {
    let Plan::Do { actions, .. } = plan(event, facts, flows) else { panic!("a Zap") };
    let [Action::ZapNote { text, tags, .. }] = actions.as_slice() else { panic!("one Zap") };
    (text.clone(), tags.clone())
}

#[test]
fn a_zap_tells_what_notes_and_tags_can_carry_and_the_rest_is_refused() {
    let opportunities = crate::Opportunities { pipeline: "P".into(), stages: [("Planning".to_owned(), "st1".to_owned())].into(), ..Default::default() };
    let appointments = crate::Appointments { to_seventeen_hats: true, ..Default::default() };
    let flows = Flows { opportunities, appointments, ..Flows::default() };
    let facts = known(Door::Zapier);
    let came = visit(System::Highlevel, "confirmed");
    let (text, tags) = zap(&came, &read(&came, facts.clone(), &flows), &flows);
    assert_eq!(text, "Appointment: Venue visit, 2026-11-24 09:30 UTC, to 2026-11-24 10:30 UTC, confirmed [hatbridge:hl:X1]");
    assert_eq!(tags, ["hatbridge-appointment"]);
    let told = Facts { link: Some("note:X1".into()), ..linked(&came, facts.clone(), &flows) };
    assert_eq!(line(&came, &told, &flows), "Echo", "told once");
    let moved = visit(System::Highlevel, "showed");
    assert!(zap(&moved, &read(&moved, told.clone(), &flows), &flows).0.starts_with("Appointment changed: Venue visit"));
    let gone = Event { change: Change::Deleted, ..came };
    let told = Facts { contact: Some(Contact::default()), ..told };
    assert_eq!(zap(&gone, &told, &flows).0, "Appointment cancelled: Venue visit, 2026-11-24 09:30 UTC [hatbridge:hl:X1]");
    let sold = deal(System::Highlevel, "st1", "won", "1200");
    let (text, tags) = zap(&sold, &read(&sold, facts.clone(), &flows), &flows);
    assert_eq!(
        (text.as_str(), tags.as_slice()),
        ("Opportunity: Wedding, Planning, won, 1200 [hatbridge:hl:X1]", ["hatbridge-opportunity".to_owned()].as_slice())
    );
    let written = note(System::Highlevel, Change::Created, "Likes tea");
    assert_eq!(zap(&written, &read(&written, facts.clone(), &flows), &flows).0, "Note: Likes tea [hatbridge:hl:X1]");
    let told = Facts { link: Some("note:X1".into()), contact: Some(Contact::default()), ..linked(&written, facts, &flows) };
    let Plan::Unmappable(why) = plan(&note(System::Highlevel, Change::Deleted, "Likes tea"), &told, &flows) else { panic!("refused") };
    assert!(why.contains("flows.notes.deletions"), "{why}");
    assert_eq!(line(&written, &read(&written, Facts { door: Door::Rest, ..told }, &flows), &flows), "note.create", "the tenant has left Zapier");
}
