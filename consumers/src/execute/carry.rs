//! One changing call: announced before it is made, its doubts settled, repeated as its outcome allows.

use super::{Death, Probe, Run, Stop};
use crate::metrics::Settled;
use hatbridge_schemas::System;
use hatbridge_store::{ActionRecord, ActionStatus, Intent, Record, now_micros};
use hatbridge_systems::Effect;
use hatbridge_systems::call::{Answer, Refusal, Request, Verdict};
use hatbridge_systems::quota::Priority;
use hatbridge_systems::seventeen_hats::SeventeenHats;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// What is to be carried out.
pub(crate) struct Step {
    /// Name in the ledger.
    pub(crate) name: &'static str,
    pub(crate) system: System,
    pub(crate) request: Request,
    /// How a doubt is looked up.
    pub(crate) probe: Probe,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Carried {
    /// Carried out now.
    Answer(Answer),
    /// Found to be carried out; the id it got.
    Found(String),
    /// Carried out before the event was interrupted; the id it got, if any.
    Before(Option<String>),
    /// Refused for good.
    Refused(Refusal),
}

impl Run<'_> {
    pub(crate) async fn carry(&self, step: &Step) -> Result<Carried, Stop> {
        let Step { name, system, request, probe } = step;
        let first_at = now_micros();
        // The budget first: between the announcement and the call there should be no long wait, in
        // which the announcement may turn into a doubt, or the partition into somebody else's.
        self.reserve(*system).await?;
        let mut reserved = true;
        let intent = self.shared.store.intend(&self.event.tenant, self.event.id, name, request.effect.as_str(), first_at).await?;
        let mut in_doubt = match intent {
            // A refusal that did not become a dead letter before the crash is asked for once more.
            Intent::Fresh | Intent::Refused => false,
            Intent::Doubt => true,
            Intent::Done(id) => return Ok(Carried::Before(id)),
            Intent::Lost => return Err(Stop::Abandoned),
        };
        let mut attempts = 0;
        let mut delays = self.delays();
        loop {
            if in_doubt || attempts > 0 {
                self.repeated.store(true, Ordering::Relaxed);
            }
            if in_doubt {
                if let Some(id) = self.settle(*system, request, probe, first_at).await? {
                    return Ok(Carried::Found(id));
                }
                in_doubt = false;
            }
            attempts += 1;
            let request_now = Request { reserved: std::mem::take(&mut reserved), ..request.clone() };
            let reason = match self.call(*system, request_now).await {
                Verdict::Done(answer) => return Ok(Carried::Answer(answer)),
                Verdict::Throttled(wait) => {
                    attempts -= 1;
                    self.pause(wait, name).await?;
                    continue;
                }
                Verdict::Refused(refusal) => {
                    // HighLevel answers 422 to creates that it carried out (FACTS section 4): a
                    // refused create is looked up before it is believed.
                    if probe.is_exact()
                        && let Some(id) = self.look_up(probe).await?
                    {
                        self.shared.metrics.settled(*system, Settled::Found);
                        return Ok(Carried::Found(id));
                    }
                    return Ok(Carried::Refused(refusal));
                }
                Verdict::Retry(reason) => reason,
                Verdict::Doubt(reason) => {
                    in_doubt = true;
                    reason
                }
            };
            tracing::debug!(event.id = %self.event.id, system = %system, operation = request.operation, attempts, reason = %reason.0, "{} was not carried out for now", request.operation);
            let Some(delay) = delays.next() else {
                // Given up, it must not come back from the other side as something new.
                if in_doubt && let Some(id) = self.settle(*system, request, probe, first_at).await? {
                    return Ok(Carried::Found(id));
                }
                return Err(Death::exhausted(*system, request, &reason.0, attempts, first_at));
            };
            self.shared.metrics.retried(*system);
            if in_doubt {
                self.pause_in_doubt(delay).await?;
            } else {
                self.pause(delay, name).await?;
            }
        }
    }

    /// As [`Run::carry`], where a refusal has no special meaning.
    pub(crate) async fn carry_out(&self, step: &Step) -> Result<(Option<Answer>, Option<String>), Stop> {
        match self.carry(step).await? {
            Carried::Answer(answer) => Ok((Some(answer), None)),
            Carried::Found(id) => Ok((None, Some(id))),
            Carried::Before(id) => Ok((None, id)),
            Carried::Refused(refusal) => Err(self.refused(step, &refusal).await?),
        }
    }

    /// Records a refusal; what is to be told of it.
    pub(crate) async fn refused(&self, step: &Step, refusal: &Refusal) -> Result<Stop, Stop> {
        let mut record = Record::of(&self.event.tenant, self.event.id, now_micros());
        record.actions.push(ActionRecord { action: step.name.to_owned(), status: ActionStatus::Refused, remote_id: None });
        self.shared.store.record(record).await?;
        Ok(Death::refused(step.system, &step.request, refusal, 1, now_micros()))
    }

    async fn settle(&self, system: System, request: &Request, probe: &Probe, first_at: i64) -> Result<Option<String>, Stop> {
        let (how, found) = match request.effect {
            Effect::Read | Effect::Idempotent => (Settled::Again, None),
            Effect::Probe => match self.look_up(probe).await? {
                Some(id) => (Settled::Found, Some(id)),
                None => (Settled::Absent, None),
            },
            Effect::Unsafe => {
                self.shared.metrics.settled(system, Settled::Parked);
                return Err(Death::doubtful(system, request, first_at));
            }
        };
        self.shared.metrics.settled(system, how);
        Ok(found)
    }

    /// Delays between attempts, told apart by the event so that a crowd does not come back at once.
    pub(crate) fn delays(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        let (seed, _) = self.event.id.as_u64_pair();
        self.shared.schedule.delays(seed)
    }

    /// Waits for a place in the budget, or ends.
    async fn reserve(&self, system: System) -> Result<(), Stop> {
        let place = async {
            match (system, &self.tenant.seventeen_hats) {
                (System::Highlevel | System::Hatbridge, _) => self.tenant.highlevel.reserve(Priority::Live).await,
                (System::SeventeenHats, SeventeenHats::Rest(rest)) => rest.reserve(Priority::Live).await,
                // Catch hooks have no budget.
                (System::SeventeenHats, SeventeenHats::Zapier(_)) => Ok(()),
            }
        };
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Stop::Abandoned),
            place = place => place.map_err(|error| Stop::Failed(crate::Error::Quota(error))),
        }
    }

    /// One call, counted.
    pub(crate) async fn call(&self, system: System, request: Request) -> Verdict {
        let started = Instant::now();
        let verdict = match system {
            System::Highlevel | System::Hatbridge => self.tenant.highlevel.call(request, Priority::Live).await,
            System::SeventeenHats => match &self.tenant.seventeen_hats {
                SeventeenHats::Rest(rest) => rest.call(request, Priority::Live).await,
                SeventeenHats::Zapier(zapier) => zapier.call(request, Priority::Live).await,
            },
        };
        self.shared.metrics.called(system, &verdict, started.elapsed());
        verdict
    }

    /// Waits. If it is to end meanwhile the announcement is withdrawn: surely nothing was carried out.
    async fn pause(&self, wait: Duration, name: &str) -> Result<(), Stop> {
        let stopped = self.pause_in_doubt(wait).await;
        if stopped.is_err() {
            let mut record = Record::of(&self.event.tenant, self.event.id, now_micros());
            record.actions.push(ActionRecord { action: name.to_owned(), status: ActionStatus::Withdrawn, remote_id: None });
            self.shared.store.record(record).await?;
        }
        stopped
    }

    /// Waits, or ends.
    pub(crate) async fn pause_in_doubt(&self, wait: Duration) -> Result<(), Stop> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Stop::Abandoned),
            () = tokio::time::sleep(wait) => Ok(()),
        }
    }
}
