use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::object::{Attribute, AttributeInfo, AttributeType, ObjectClass};
use jiff::Timestamp;

use crate::{lab, openssl};

#[test]
fn openssl_judges_each_leaf_as_it_was_meant() {
    let lab = lab();
    let verdict = |name: &str| {
        let root = lab.trust_dir().join("root.pem");
        let issuing = &lab.certificate("issuing").unwrap().pem_path;
        let crls = ["root", "issuing"].map(|ca| lab.crl_dir().join(format!("{ca}.crl")));
        let mut args = vec!["verify".into(), "-crl_check_all".into(), "-x509_strict".into()];
        for (flag, path) in [
            ("-CAfile", &root),
            ("-untrusted", issuing),
            ("-CRLfile", &crls[0]),
            ("-CRLfile", &crls[1]),
        ] {
            args.extend([flag.into(), path.clone().into_os_string()]);
        }
        args.push(lab.certificate(name).unwrap().pem_path.clone().into_os_string());
        openssl(args)
    };
    for good in [
        "official",
        "official-p256",
        "official-rsa2048",
        "official2",
        "seal",
        "official-vn",
        "seal-vn",
        "tsa",
        "issuing",
    ] {
        let (ok, said) = verdict(good);
        assert!(ok, "{good}: {said}");
    }
    for (bad, why) in [
        ("revoked", "certificate revoked"),
        ("expired", "certificate has expired"),
        ("tsa-expired", "certificate has expired"),
        ("not-yet-valid", "certificate is not yet valid"),
        ("untrusted", "unable to get local issuer certificate"),
    ] {
        let (ok, said) = verdict(bad);
        assert!(!ok && said.contains(why), "{bad}: {said}");
    }
}

#[test]
fn leaves_have_their_profiles() {
    let lab = lab();
    let text = |name: &str| {
        let path = lab.certificate(name).unwrap().pem_path.clone().into_os_string();
        openssl([
            "x509".into(),
            "-noout".into(),
            "-text".into(),
            "-nameopt".into(),
            "utf8,sep_comma_plus_space".into(),
            "-in".into(),
            path,
        ])
        .1
    };
    let vn = text("official-vn");
    for expected in [
        "X509v3 Key Usage: critical\n                Digital Signature, Non Repudiation, Key Encipherment, Data Encipherment\n",
        "TLS Web Client Authentication, E-mail Protection, Microsoft Smartcard Login\n",
        "OU=Trung tâm Phục vụ hành chính công phường An Lành, Bộ phận Trả kết quả 01, CN=Nguyễn Hữu Phước An, UID=MNS:",
        "URI:http://pki.lab.antin.invalid/crl/issuing.crl",
        "OCSP - URI:http://pki.lab.antin.invalid/ocsp",
        "CA Issuers - URI:http://pki.lab.antin.invalid/crt/issuing.crt",
        "Public-Key: (3072 bit)",
    ] {
        assert!(vn.contains(expected), "no {expected} in {vn}");
    }
    assert!(text("seal-vn").contains("UID=MST:"));
    let unit = vn.split("OU=").nth(1).and_then(|rest| rest.split(", CN=").next()).unwrap();
    assert_eq!(unit.chars().count(), 72);

    let person = text("official");
    assert!(person.contains("Digital Signature, Non Repudiation\n"), "{person}");
    assert!(person.contains("http://pki.lab.antin.invalid/ocsp"), "{person}");
    assert!(text("official-p256").contains("ASN1 OID: prime256v1"));
    assert!(text("ocsp").contains("OCSP No Check"));
    assert!(
        text("tsa")
            .contains("X509v3 Extended Key Usage: critical\n                Time Stamping\n")
    );
}

#[test]
fn every_holder_has_a_pin_of_its_own_that_only_the_owner_reads() {
    let lab = lab();
    let mut pins = BTreeSet::new();
    for holder in lab.holders() {
        let path = lab.pin_file(holder);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{holder}");
        let pin = fs::read_to_string(path).unwrap();
        assert!(pin.len() == 10 && pin.bytes().all(|b| b.is_ascii_digit()), "{holder}");
        assert!(pins.insert(pin), "{holder} shares a PIN");
    }
    assert_eq!(fs::metadata(lab.dir()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn private_keys_do_not_leave_the_token() {
    let lab = lab();
    let login = lab.session("official").unwrap();
    // The same process is logged in, so a bare session sees the private objects too.
    let context = Pkcs11::new(lab::softhsm_module().unwrap()).unwrap();
    let _ = context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK));
    let slot = context.get_slots_with_token().unwrap();
    let slot = slot.into_iter().find(|s| s.id() == login.token().slot_id).unwrap();
    let session = context.open_ro_session(slot).unwrap();
    let keys = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]).unwrap();
    assert_eq!(keys.len(), 3);
    for key in keys {
        let secret = [AttributeType::PrivateExponent, AttributeType::Value];
        let told = session.get_attribute_info(key, &secret).unwrap();
        assert!(
            !told.iter().any(|a| matches!(a, AttributeInfo::Available(n) if *n > 0)),
            "{told:?}"
        );
        assert!(told.iter().any(|a| matches!(a, AttributeInfo::Sensitive)), "{told:?}");
        let wanted = [
            AttributeType::Sensitive,
            AttributeType::Extractable,
            AttributeType::NeverExtractable,
            AttributeType::Local,
        ];
        let flags = session.get_attributes(key, &wanted).unwrap();
        let expected = [
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::NeverExtractable(true),
            Attribute::Local(true),
        ];
        assert_eq!(flags, expected);
    }
}

#[test]
fn set_up_again_keeps_everything_but_the_crls() {
    let lab = lab();
    let again = lab::Lab::set_up(lab.dir(), Timestamp::now()).unwrap();
    for issued in lab.certificates() {
        assert_eq!(again.certificate(&issued.name).unwrap().der, issued.der);
    }
    assert_eq!(
        lab.chain("official").unwrap().iter().map(|c| c.name.as_str()).collect::<Vec<_>>(),
        ["issuing"]
    );
}

#[test]
fn set_up_without_the_environment_says_what_is_missing() {
    let elsewhere = tempfile::tempdir().unwrap();
    let error = lab::Lab::set_up(elsewhere.path(), Timestamp::now()).err().unwrap();
    assert!(format!("{error:#}").contains("SOFTHSM2_CONF="), "{error:#}");
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}
