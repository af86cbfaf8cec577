//! The polls of HighLevel's catalogue that the configuration names.

use crate::config::Config;
use crate::exit::Failure;
use crate::wiring::{Connected, Wiring};
use hatbridge_producers::capture::Capture;
use hatbridge_producers::polls::{Asked, Options, Order};
use hatbridge_producers::recordings::Recordings;
use std::sync::Arc;

/// The content store that the configuration names.
///
/// # Errors
/// If it can't be opened.
pub fn recordings(config: &Config) -> anyhow::Result<Recordings> {
    let url = match config.recordings.store.as_str() {
        "" => {
            let folder = std::path::absolute(config.data_dir.join("recordings"))?;
            url::Url::from_file_path(&folder)
                .map_err(|()| Failure::Usage(format!("`data_dir` can't be written as an address: {}", folder.display())))?
                .to_string()
        }
        url => url.to_owned(),
    };
    Ok(Recordings::open(&url)?)
}

/// Everything under `[[polls]]`, for each enabled tenant that it is for.
///
/// # Errors
/// If an order does not fit a tenant, or the content store can't be opened.
pub fn all(wiring: &Wiring, options: &Options, capture: &Capture) -> anyhow::Result<Vec<Asked>> {
    let config = &wiring.config;
    if config.polls.is_empty() {
        return Ok(vec![]);
    }
    let recordings = recordings(config)?;
    let mut asked = vec![];
    for polled in &config.polls {
        for tenant in wiring.connections.all().iter().filter(|tenant| polled.is_for(tenant.id.as_str())) {
            let order = polled.order().map_err(|why| Failure::Usage(why.to_string()))?;
            asked.push(one(order, tenant, options, capture, &recordings)?);
        }
    }
    Ok(asked)
}

/// An order for one tenant.
///
/// # Errors
/// If it does not fit the tenant.
pub fn one(order: Order, tenant: &Connected, options: &Options, capture: &Capture, recordings: &Recordings) -> anyhow::Result<Asked> {
    let asked = Asked::new(order, tenant.id.clone(), tenant.highlevel.clone(), &Arc::new(options.clone()), capture, recordings);
    asked.map_err(|why| Failure::Usage(format!("tenant `{}`: {why}", tenant.id)).into())
}
