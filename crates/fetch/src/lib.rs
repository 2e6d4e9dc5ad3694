//! What is missing, over HTTP, with caps: OCSP, CRL, AIA, TSA.
#![allow(missing_docs)] // skeleton
