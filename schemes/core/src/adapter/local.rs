//! The blanket implementation: any [`Scheme`] in this process.

use std::sync::Arc;

use super::{Description, DynClient, DynKeyHolder, DynScheme, DynServer, Entry, Environment};
use crate::error::{Error, Result};
use crate::network::architecture::Architecture;
use crate::network::images::Images;
use crate::network::logits::Logits;
use crate::network::weights::Weights;
use crate::primitives::{Offer, Primitives};
use crate::probe::{Detail, Probe, Trace};
use crate::roles::Cast;
use crate::roles::seed::Seed;
use crate::scheme::{Case, ClientKey, Holder, Inspection, KeyPair, Leakage, Promise, Scheme};
use crate::wire::parts::{PartReader, Parts};
use crate::wire::{Encode, Wire};

impl<S: Scheme> Entry for S {
    type Params = S::Params;

    fn plan(
        params: S::Params,
        architecture: &Architecture,
        batch: usize,
        environment: &Environment,
    ) -> Result<Box<dyn DynScheme>> {
        architecture.shapes()?;
        // Through bytes, so that the server's copy cannot differ from this one.
        <S as Entry>::open(&<S as Scheme>::plan(params, architecture, batch)?.to_bytes(), environment)
    }

    fn open(plan: &[u8], environment: &Environment) -> Result<Box<dyn DynScheme>> {
        let scheme = <S as Scheme>::open(S::Plan::from_bytes(&(), plan)?, &environment.resources)?;
        let description = Description {
            profile: scheme.profile(),
            chunk: scheme.chunk(),
            lowered: scheme.lowered().clone(),
            cast: Cast { key_holder: S::Holder::PARTY, model_owner: scheme.model_owner() },
            security: scheme.security(),
            predicted_operations: scheme.predicted_operations(),
            claimed: false,
        };
        let environment = environment.clone();
        Ok(Box::new(LocalScheme { scheme: Arc::new(scheme), description, plan: plan.to_vec(), environment }))
    }

    fn cases() -> Vec<Case<S::Params>> {
        <S as Scheme>::cases()
    }

    fn operations(params: S::Params, environment: &Environment) -> Result<Offer> {
        <S as Scheme>::operations(params, &environment.resources)
    }

    fn operation_cases() -> Vec<S::Params> {
        <S as Scheme>::operation_cases()
    }
}

struct LocalScheme<S> {
    scheme: Arc<S>,
    description: Description,
    plan: Vec<u8>,
    environment: Environment,
}

impl<S: Scheme> DynScheme for LocalScheme<S> {
    fn describe(&self) -> &Description {
        &self.description
    }

    fn plan(&self) -> &[u8] {
        &self.plan
    }

    fn promise(&self, weights: &Weights) -> Result<Promise> {
        self.scheme.promise(weights)
    }

    fn leakage(&self, weights: &Weights) -> Result<Option<Leakage>> {
        self.scheme.leakage(weights)
    }

    fn key_holder(&self, seed: &Seed) -> Result<Box<dyn DynKeyHolder>> {
        let keys = Arc::new(self.scheme.keygen(&mut seed.rng())?);
        Ok(Box::new(LocalKeyHolder { keys, scheme: self.scheme.clone() }))
    }

    fn client(&self, public_key: &[u8]) -> Result<Box<dyn DynClient>> {
        let public = S::PublicKey::from_bytes(&*self.scheme, public_key)?;
        let key = S::Holder::of_public::<S>(public)
            .ok_or_else(|| Error::Refused("this client holds the secret key: ask the key holder for it".into()))?;
        Ok(Box::new(LocalClient { scheme: self.scheme.clone(), key }))
    }

    fn publish(&self, public_key: &[u8], weights: &Weights, seed: &Seed) -> Result<Vec<u8>> {
        let public = S::PublicKey::from_bytes(&*self.scheme, public_key)?;
        Ok(self.scheme.publish(&public, weights, &mut seed.rng())?.to_bytes())
    }

    fn server(&self, model: &[u8]) -> Result<Box<dyn DynServer>> {
        let (model, request) = self.scheme.load(S::ModelMessage::from_bytes(&*self.scheme, model)?)?;
        Ok(Box::new(LocalServer {
            scheme: self.scheme.clone(),
            request: request.to_bytes(),
            state: State::Loaded(model),
            environment: self.environment.clone(),
        }))
    }

    fn primitives(&self) -> Option<&dyn Primitives> {
        self.scheme.primitives()
    }
}

struct LocalKeyHolder<S: Scheme> {
    scheme: Arc<S>,
    keys: Arc<KeyPair<S>>,
}

impl<S: Scheme> DynKeyHolder for LocalKeyHolder<S> {
    fn public_key(&self) -> Result<Vec<u8>> {
        Ok(self.keys.public.to_bytes())
    }

    fn server_key(&self, request: &[u8], seed: &Seed) -> Result<Vec<u8>> {
        let request = S::KeyRequest::from_bytes(&*self.scheme, request)?;
        Ok(self.scheme.server_key(&self.keys, &request, &mut seed.rng())?.to_bytes())
    }

    fn client(&self) -> Result<Option<Box<dyn DynClient>>> {
        let key = S::Holder::of_pair::<S>(&self.keys);
        Ok(key.map(|key| Box::new(LocalClient { scheme: self.scheme.clone(), key }) as Box<dyn DynClient>))
    }

    fn inspect(&self, layer: u32, snapshot: &[u8]) -> Result<Inspection> {
        self.scheme.inspect(&self.keys, layer, snapshot)
    }
}

struct LocalClient<S: Scheme> {
    scheme: Arc<S>,
    key: Arc<ClientKey<S>>,
}

impl<S: Scheme> DynClient for LocalClient<S> {
    fn encrypt(&self, images: &Images, seed: &Seed) -> Result<Vec<u8>> {
        let mut parts = Parts::default();
        self.scheme.encrypt(&self.key, images, &mut seed.rng(), &mut parts)?;
        Ok(parts.into_bytes())
    }

    fn decrypt(&self, answer: &[u8]) -> Result<Logits> {
        self.scheme.decrypt(&self.key, &S::Answer::from_bytes(&*self.scheme, answer)?)
    }
}

struct LocalServer<S: Scheme> {
    scheme: Arc<S>,
    request: Vec<u8>,
    state: State<S>,
    environment: Environment,
}

enum State<S: Scheme> {
    Loaded(S::Model),
    Ready(S::Server),
    /// A set-up that failed has used the model up.
    Failed,
}

impl<S: Scheme> DynServer for LocalServer<S> {
    fn key_request(&self) -> &[u8] {
        &self.request
    }

    fn setup(&mut self, server_key: &[u8]) -> Result<u64> {
        let key = S::ServerKey::from_bytes(&*self.scheme, server_key)?;
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Loaded(model) => {
                let server = self.scheme.setup(model, key)?;
                let resident = self.scheme.resident_bytes(&server);
                self.state = State::Ready(server);
                Ok(resident)
            }
            ready @ State::Ready(_) => {
                self.state = ready;
                Err(Error::Refused("the server is set up already".into()))
            }
            State::Failed => Err(Error::Refused("an earlier set-up failed: load the model again".into())),
        }
    }

    fn evaluate(&self, query: &[u8], seed: &Seed, detail: Detail) -> Result<(Vec<u8>, Trace)> {
        let State::Ready(server) = &self.state else {
            return Err(Error::Refused("the server is not set up: it has no server key yet".into()));
        };
        let mut probe = Probe::new(&*self.environment.clock, detail);
        let query = PartReader::new(&*self.scheme, query)?;
        let answer = self.scheme.evaluate(server, query, &mut seed.rng(), &mut probe)?.to_bytes();
        Ok((answer, probe.finish()))
    }
}
