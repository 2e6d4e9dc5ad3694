//! The service as a whole: three processes, two engines, a case system, people and the public.

mod bad;
mod flow;
mod fuzz;
mod house;
mod http;
mod kills;
mod roles;
mod story;
mod town;
