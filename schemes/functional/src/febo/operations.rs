//! Operations by themselves: as many numbers as the parameters say, keys and ciphertexts in memory.

use std::marker::PhantomData;
use std::sync::Arc;

use blindbench_core::error::{Error, Result};
use blindbench_core::primitives::inputs::{Operand, integers};
use blindbench_core::primitives::{Offer, OfferDescription, Prepared, Primitives, of_many, primitive};
use blindbench_core::roles::seed::Seed;
use blindbench_core::scheme::Resources;
use blindbench_core::workers::Workers;
use blindbench_kernels::dispatch::Kernel;

use super::Params;
use super::algebra::{self, Ciphertext, Input, MasterKey, Operation, PublicKey};
use crate::group::Group;
use crate::group::batch::Batch;
use crate::group::choice::Visitor;
use crate::group::logarithm::Logarithms;

/// Most numbers that an operation works on.
const MOST_ELEMENTS: u32 = 1 << 20;

/// Numbers that a thread takes at a time.
const TOGETHER: usize = 64;

type Prepare<G> = fn(&Arc<Operations<G>>, &Seed) -> Result<Box<dyn Prepared>>;

/// Results that one run of an operation gives: amortised times are per result.
fn results(params: &Params, operation: &str) -> u64 {
    if operation == "setup" { 1 } else { params.elements.into() }
}

/// The operations over one group.
struct Operations<G: Group> {
    group: PhantomData<G>,
    /// For lookups of logarithms.
    kernel: Kernel,
    params: Params,
    workers: Workers,
}

/// The operations and their names.
struct Named<G: Group> {
    operations: Arc<Operations<G>>,
}

/// Opens the operations.
///
/// # Errors
/// [`Error::Unsupported`] for numbers of elements out of range, [`Error::Refused`] where the system gives no threads.
pub fn offer(params: &Params, resources: &Resources) -> Result<Offer> {
    if !(1..=MOST_ELEMENTS).contains(&params.elements) || params.value_max == 0 {
        return Err(Error::Unsupported(format!(
            "{} elements up to {}, expected 1 to {MOST_ELEMENTS} elements and a `value_max` of at least 1",
            params.elements, params.value_max
        )));
    }
    params.group.visit(resources.kernel, Opening { params, resources })
}

struct Opening<'a> {
    params: &'a Params,
    resources: &'a Resources,
}

impl Visitor for Opening<'_> {
    type Output = Result<Offer>;

    fn visit<B: Batch>(self) -> Result<Offer> {
        let Params { value_max, elements, table_bytes, .. } = *self.params;
        let description = OfferDescription {
            family: "functional encryption (basic operations)".into(),
            parameters: format!(
                "{}, {elements} numbers up to ±{value_max}, logarithms within {} MiB",
                B::Group::NAME,
                table_bytes >> 20
            ),
            error_bound: 0.0,
            log_n: None,
            log_qp: None,
            kernel: "portable".into(),
            security: B::Group::security(),
            claimed: false,
        };
        let workers = Workers::new(self.resources.threads)?;
        let operations = Arc::new(Operations::<B::Group> {
            group: PhantomData,
            kernel: self.resources.kernel,
            params: *self.params,
            workers,
        });
        Ok(Offer { description, primitives: Box::new(Named { operations }) })
    }
}

impl<G: Group> Named<G> {
    fn list() -> [(&'static str, Prepare<G>); 10] {
        [
            ("setup", Operations::setup),
            ("encrypt", Operations::encrypt),
            ("derive_add", |operations, seed| operations.derive(seed, Operation::Add)),
            ("derive_subtract", |operations, seed| operations.derive(seed, Operation::Subtract)),
            ("derive_multiply", |operations, seed| operations.derive(seed, Operation::Multiply)),
            ("derive_divide", |operations, seed| operations.derive(seed, Operation::Divide)),
            ("decrypt_add", |operations, seed| operations.decrypt(seed, Operation::Add)),
            ("decrypt_subtract", |operations, seed| operations.decrypt(seed, Operation::Subtract)),
            ("decrypt_multiply", |operations, seed| operations.decrypt(seed, Operation::Multiply)),
            ("decrypt_divide", |operations, seed| operations.decrypt(seed, Operation::Divide)),
        ]
    }
}

impl<G: Group> Primitives for Named<G> {
    fn names(&self) -> Vec<String> {
        Self::list().iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    fn prepare(&self, name: &str, seed: &Seed) -> Result<Box<dyn Prepared>> {
        match Self::list().iter().find(|(known, _)| *known == name) {
            Some((_, prepare)) => Ok(of_many(results(&self.operations.params, name), prepare(&self.operations, seed)?)),
            None => Err(Error::Unsupported(format!("no operation `{name}`; there are {}", self.names().join(", ")))),
        }
    }
}

type Keys<G> = (MasterKey<G>, PublicKey<G>);
type Inputs<G> = Vec<Input<G>>;

/// A number that is encrypted, the operand, and the operation's result.
#[derive(Clone, Copy)]
struct Example {
    number: i32,
    operand: i64,
    result: i64,
}

impl<G: Group> Operations<G> {
    fn keys(&self, seed: &Seed) -> Keys<G> {
        algebra::setup(&mut seed.derive("setup", 0).rng())
    }

    /// Numbers that are encrypted and operands; quotients are made whole.
    fn examples(&self, seed: &Seed, operation: Operation) -> Vec<Example> {
        let most = i64::from(self.params.value_max);
        let draw = |operand| integers(seed, operand, self.params.elements as usize, 2 * most as u64 + 1);
        let example = |(a, b): (u64, u64)| {
            let (a, b) = (a as i64 - most, b as i64 - most);
            let divisor = if b == 0 { 1 } else { b };
            let (number, operand, result) = match operation {
                Operation::Add => (a, b, a + b),
                Operation::Subtract => (a, b, a - b),
                Operation::Multiply => (a, b, a * b),
                Operation::Divide => (a / divisor * divisor, divisor, a / divisor),
            };
            Example { number: number as i32, operand, result }
        };
        draw(Operand::A).into_iter().zip(draw(Operand::B)).map(example).collect()
    }

    fn encrypted(&self, seed: &Seed, public: &PublicKey<G>, examples: &[Example]) -> Result<Vec<Ciphertext<G>>> {
        let chunks: Vec<(usize, &[Example])> = examples.chunks(TOGETHER).enumerate().collect();
        let ciphertexts = self.workers.try_map(&chunks, |(chunk, examples)| {
            let mut rng = seed.derive("encrypt", *chunk as u64).rng();
            Ok(examples.iter().map(|example| algebra::encrypt(public, example.number, &mut rng)).collect::<Vec<_>>())
        });
        Ok(ciphertexts?.into_iter().flatten().collect())
    }

    fn inputs(
        &self,
        master: &MasterKey<G>,
        operation: Operation,
        ciphertexts: &[Ciphertext<G>],
        examples: &[Example],
    ) -> Result<Inputs<G>> {
        let work: Vec<(&Ciphertext<G>, i64)> =
            ciphertexts.iter().zip(examples.iter().map(|example| example.operand)).collect();
        self.workers.try_map(&work, |(ciphertext, operand)| {
            let key = algebra::derive_function_key(master, &ciphertext.commitment, operation, *operand)?;
            Ok(Input { ciphertext: (*ciphertext).clone(), key, operand: *operand })
        })
    }

    fn opened(&self, table: &Logarithms<G>, operation: Operation, inputs: &Inputs<G>) -> Result<Vec<i64>> {
        let chunks: Vec<&[_]> = inputs.chunks(TOGETHER).collect();
        let opened = self.workers.try_map(&chunks, |inputs| Ok(algebra::decrypt(table, operation, inputs)?))?;
        Ok(opened.concat())
    }

    fn table(&self, operation: Operation) -> Result<Logarithms<G>> {
        Logarithms::new(self.kernel, self.params.result_max(operation), self.params.table_bytes)
    }

    fn setup(self: &Arc<Self>, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let (all, seed, table) = (self.clone(), seed.clone(), self.table(Operation::Add)?);
        let mut rng = seed.derive("setup", 0).rng();
        let examples = self.examples(&seed, Operation::Add);
        Ok(primitive(
            move || Ok(algebra::setup::<G>(&mut rng)),
            move |(master, public): &Keys<G>| {
                let ciphertexts = all.encrypted(&seed, public, &examples[..1]);
                let inputs = ciphertexts.and_then(|known| all.inputs(master, Operation::Add, &known, &examples));
                error(inputs.and_then(|inputs| all.opened(&table, Operation::Add, &inputs)), &examples[..1])
            },
        ))
    }

    fn encrypt(self: &Arc<Self>, seed: &Seed) -> Result<Box<dyn Prepared>> {
        let (all, (master, public), table) = (self.clone(), self.keys(seed), self.table(Operation::Add)?);
        let (examples, seed) = (self.examples(seed, Operation::Add), seed.clone());
        let (operations, numbers) = (self.clone(), examples.clone());
        Ok(primitive(
            move || operations.encrypted(&seed, &public, &numbers),
            move |ciphertexts: &Vec<Ciphertext<G>>| {
                let inputs = all.inputs(&master, Operation::Add, ciphertexts, &examples);
                error(inputs.and_then(|inputs| all.opened(&table, Operation::Add, &inputs)), &examples)
            },
        ))
    }

    fn derive(self: &Arc<Self>, seed: &Seed, operation: Operation) -> Result<Box<dyn Prepared>> {
        let (all, (master, public), table) = (self.clone(), self.keys(seed), self.table(operation)?);
        let examples = self.examples(seed, operation);
        let ciphertexts = self.encrypted(seed, &public, &examples)?;
        let (operations, operands) = (self.clone(), examples.clone());
        Ok(primitive(
            move || operations.inputs(&master, operation, &ciphertexts, &operands),
            move |inputs: &Inputs<G>| error(all.opened(&table, operation, inputs), &examples),
        ))
    }

    fn decrypt(self: &Arc<Self>, seed: &Seed, operation: Operation) -> Result<Box<dyn Prepared>> {
        let (all, (master, public), table) = (self.clone(), self.keys(seed), self.table(operation)?);
        let examples = self.examples(seed, operation);
        let ciphertexts = self.encrypted(seed, &public, &examples)?;
        let inputs = self.inputs(&master, operation, &ciphertexts, &examples)?;
        Ok(primitive(
            move || all.opened(&table, operation, &inputs),
            move |found: &Vec<i64>| error(Ok(found.clone()), &examples),
        ))
    }
}

/// 0 where results are what they should be, else the largest difference.
fn error(found: Result<Vec<i64>>, expected: &[Example]) -> f64 {
    match found {
        Ok(found) if found.len() == expected.len() => {
            let difference = |(found, example): (&i64, &Example)| found.abs_diff(example.result) as f64;
            found.iter().zip(expected).map(difference).fold(0.0, f64::max)
        }
        _ => f64::INFINITY,
    }
}
