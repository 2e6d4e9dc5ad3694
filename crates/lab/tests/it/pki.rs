use std::process::Command;

#[test]
fn sets_up() {
    let lab = lab::testing::lab().unwrap();
    let out = Command::new("openssl")
        .args(["x509", "-noout", "-text", "-nameopt", "utf8,sep_comma_plus_space", "-in"])
        .arg(&lab.certificate("official-vn").unwrap().pem_path)
        .output()
        .unwrap();
    println!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
}
