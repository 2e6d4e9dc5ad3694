//! Acts and jobs.
