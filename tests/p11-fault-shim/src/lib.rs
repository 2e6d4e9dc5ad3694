//! PKCS#11 faults on demand.
