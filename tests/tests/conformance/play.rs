//! The client plays the steps, one after the other.

use crate::recorder::Recorder;
use crate::studio::Studio;
use hatbridge_systems::call::Verdict;
use hatbridge_systems::highlevel::catalogue::{self, Odd};
use hatbridge_systems::highlevel::{Api, HighLevel};
use hatbridge_systems::quota::Priority;
use hatbridge_tests::steps::{self, Step, filled};
use serde_json::Value;
use std::collections::BTreeMap;

/// All steps of a generation; what could not be played, each as a line.
pub async fn all(api: Api, studio: &Studio, recorder: &Recorder) -> Vec<String> {
    let client = studio.client(api, recorder.base_url());
    let mut known = studio.known.clone();
    let mut wrong = Vec::new();
    for step in steps::all().iter().filter(|step| step.only.is_none_or(|only| only == api)) {
        if let Err(why) = play(api, &client, recorder, step, &mut known).await {
            wrong.push(format!("{api} `{}`: {why}", step.operation));
        }
    }
    wrong
}

async fn play(api: Api, client: &HighLevel, recorder: &Recorder, step: &Step, known: &mut BTreeMap<String, Value>) -> Result<(), String> {
    let operation = catalogue::find(step.operation).map_err(|unknown| unknown.to_string())?;
    let data = filled(&step.data_in(api), known)?;
    let request = operation.request(api, &client.context(), &data).map_err(|invalid| invalid.to_string())?;
    recorder.begin(operation.number, step);
    let answer = if operation.is(Odd::BinaryAnswer) {
        let mut file = client.download(request, Priority::Live).await.map_err(|verdict| format!("{verdict:?}"))?;
        while file.chunk().await.map_err(|reason| reason.0)?.is_some() {}
        Value::Null
    } else {
        match client.call(request, Priority::Live).await {
            Verdict::Done(answer) => answer.body,
            verdict => return Err(format!("{verdict:?}")),
        }
    };
    step.remember(&answer, known)
}
