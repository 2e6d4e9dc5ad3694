//! The one table of checks: id, clauses, how each outcome reads in Vietnamese and English, and the test that
//! shows it failing. Reports hold ids; prose is taken from here when a report is serialised, and the clause
//! tables in `docs/standards/` are written from here (`cargo xtask clauses`).

use serde::{Deserialize, Serialize};

/// A standard that a check answers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standard {
    /// ETSI EN 319 102-1: procedures for validation.
    En319102,
    /// ISO 32000-2:2020: PDF 2.0.
    Iso32000,
    /// ETSI EN 319 142-1: PAdES baseline signatures.
    En319142,
    /// ETSI EN 319 122-1: CAdES building blocks (with RFC 5035).
    En319122,
    /// X.509 certificates and CRLs.
    Rfc5280,
    /// CMS.
    Rfc5652,
    /// Timestamps.
    Rfc3161,
    /// OCSP.
    Rfc6960,
    /// Thông tư 15/2025/TT-BKHCN.
    Tt15,
}

impl Standard {
    /// In the order of the tables.
    pub const ALL: [Self; 9] = [
        Self::En319102,
        Self::Iso32000,
        Self::En319142,
        Self::En319122,
        Self::Rfc5280,
        Self::Rfc5652,
        Self::Rfc3161,
        Self::Rfc6960,
        Self::Tt15,
    ];
    /// As it is cited.
    pub fn name(self) -> &'static str {
        match self {
            Self::En319102 => "EN 319 102-1",
            Self::Iso32000 => "ISO 32000-2",
            Self::En319142 => "EN 319 142-1",
            Self::En319122 => "EN 319 122-1",
            Self::Rfc5280 => "RFC 5280",
            Self::Rfc5652 => "RFC 5652",
            Self::Rfc3161 => "RFC 3161",
            Self::Rfc6960 => "RFC 6960",
            Self::Tt15 => "TT 15/2025/TT-BKHCN",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Stable id, as reports write it.
    pub id: &'static str,
    /// Where it is asked for.
    pub clauses: &'static [(Standard, &'static str)],
    /// Vietnamese and English when it holds.
    pub holds: (&'static str, &'static str),
    /// Vietnamese and English when it does not, or is not known to.
    pub fails: (&'static str, &'static str),
    /// The test in `crates/validation` that shows it failing.
    pub test: &'static str,
}

impl Row {
    /// "EN 319 102-1 5.2.7; RFC 5652 5.4"
    pub fn clause(&self) -> String {
        let cited: Vec<_> = self
            .clauses
            .iter()
            .map(|(standard, clause)| format!("{} {clause}", standard.name()))
            .collect();
        cited.join("; ")
    }
}

macro_rules! checks {
    ($($name:ident $id:literal [$($standard:ident $clause:literal),+ $(,)?]
        $vi:literal / $en:literal else $fails_vi:literal / $fails_en:literal test $test:literal;)+) => {
        /// A check by name; its words are in [`Check::row`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[allow(missing_docs)] // each variant is explained by its row
        pub enum Check { $(#[serde(rename = $id)] $name),+ }

        impl Check {
            /// Every check, in the order of the table.
            pub const ALL: &'static [Check] = &[$(Check::$name),+];
            /// Its row of the table.
            pub fn row(self) -> &'static Row {
                match self { $(Check::$name => &Row {
                    id: $id,
                    clauses: &[$((Standard::$standard, $clause)),+],
                    holds: ($vi, $en),
                    fails: ($fails_vi, $fails_en),
                    test: $test,
                }),+ }
            }
        }
    };
}

checks! {
    // ---- the file ----
    FileReadable "file.readable" [Iso32000 "7.5", En319102 "5.2.2"]
        "Đọc được tệp như một tệp PDF" / "The file can be read as a PDF"
        else "Không đọc được tệp như một tệp PDF" / "The file cannot be read as a PDF"
        test "not_a_pdf_is_a_report";
    FileStructure "file.structure" [Iso32000 "7.5.4, 7.5.6, 7.5.8"]
        "Cấu trúc tệp chặt chẽ: bảng tham chiếu và mọi bản cập nhật khớp nhau" / "The file's structure is exact: cross-references and every update agree"
        else "Cấu trúc tệp sai: các chương trình đọc khác nhau có thể hiện nội dung khác nhau" / "The file's structure is wrong: readers may show different content"
        test "a_structural_defect_fails_the_file_and_hides_nothing";
    FileTail "file.tail" [Iso32000 "7.5.5, 12.8.1"]
        "Mọi byte của tệp đều thuộc một bản cập nhật đã được phân tích" / "Every byte of the file belongs to an update that was read"
        else "Có byte nằm sau bản cập nhật cuối cùng" / "There are bytes after the last update"
        test "bytes_after_the_last_revision_are_refused";

    // ---- format ----
    SubFilter "format.sub_filter" [Iso32000 "12.8.3.1", En319142 "6.3"]
        "Kiểu chữ ký được chấp nhận" / "The signature's sub-filter is accepted"
        else "Kiểu chữ ký không được chấp nhận" / "The signature's sub-filter is not accepted"
        test "old_sub_filters_are_refused_in_words";
    ByteRange "format.byte_range" [Iso32000 "12.8.1", En319142 "6.3", En319102 "5.2.2"]
        "ByteRange phủ trọn một bản của tệp, chỉ trừ giá trị chữ ký" / "ByteRange covers one whole revision, all but the signature value"
        else "ByteRange không phủ đúng một bản của tệp: chữ ký hỏng" / "ByteRange does not cover exactly one revision: the signature is broken"
        test "a_defect_of_byte_range_is_a_broken_signature";
    SharedRange "format.own_range" [Iso32000 "12.8.1"]
        "Không chữ ký nào khác dùng chung khoảng byte này" / "No other signature shares this range"
        else "Hai trường chữ ký dùng chung một khoảng byte" / "Two signature fields share one range"
        test "two_fields_cannot_share_a_range";
    Contents "format.contents" [Iso32000 "12.8.3.3", En319142 "6.3"]
        "/Contents là chuỗi hexa nằm đúng trong khoảng trống của ByteRange" / "/Contents is the hexadecimal string that fills the gap of ByteRange"
        else "/Contents không phải là chuỗi hexa nằm đúng trong khoảng trống của ByteRange" / "/Contents is not the hexadecimal string that fills the gap of ByteRange"
        test "a_defect_of_contents_is_a_broken_signature";
    Padding "format.padding" [Iso32000 "12.8.3.3", En319142 "6.3"]
        "Sau CMS chỉ có byte 0" / "Only zeros follow the CMS"
        else "Sau CMS có dữ liệu khác 0: chỗ giấu nội dung" / "Something other than zeros follows the CMS: room for hidden content"
        test "bytes_after_the_cms_are_refused";
    Cms "format.cms" [Rfc5652 "3, 5.1", En319102 "5.2.2"]
        "Đọc được CMS SignedData" / "The CMS SignedData can be read"
        else "Không đọc được CMS SignedData" / "The CMS SignedData cannot be read"
        test "a_cms_that_cannot_be_read_is_named";
    Encoding "format.encoding" [En319142 "6.3", Iso32000 "12.8.3.3"]
        "CMS được mã hoá DER" / "The CMS is DER"
        else "CMS được mã hoá BER, không phải DER" / "The CMS is BER, not DER"
        test "ber_is_a_warning";
    OneSigner "format.one_signer" [En319142 "6.3", Iso32000 "12.8.3.3"]
        "CMS có đúng một SignerInfo" / "The CMS has exactly one SignerInfo"
        else "CMS không có đúng một SignerInfo" / "The CMS does not have exactly one SignerInfo"
        test "exactly_one_signer_info";
    Detached "format.detached" [En319142 "6.3", Iso32000 "12.8.3.3"]
        "CMS không mang nội dung riêng" / "The CMS carries no content of its own"
        else "CMS mang nội dung riêng" / "The CMS carries content of its own"
        test "no_content_inside";
    SignedAttributes "format.signed_attributes" [Rfc5652 "5.3", En319122 "4.3"]
        "Có thuộc tính được ký, mỗi loại một lần" / "Signed attributes are present, each kind once"
        else "Thiếu thuộc tính được ký, hoặc có thuộc tính lặp lại" / "Signed attributes are absent, or one is repeated"
        test "signed_attributes_once_each";
    ContentType "format.content_type" [Rfc5652 "11.1", En319122 "5.1.1"]
        "content-type là id-data, đúng một lần" / "content-type is id-data, exactly once"
        else "content-type không phải là đúng một id-data" / "content-type is not exactly one id-data"
        test "content_type_is_data_once";
    MessageDigest "format.message_digest" [Rfc5652 "11.2", En319122 "5.1.2"]
        "message-digest có đúng một lần" / "message-digest is there exactly once"
        else "message-digest không có đúng một lần" / "message-digest is not there exactly once"
        test "message_digest_once";
    DigestAlgorithm "format.digest_algorithm" [Rfc5652 "5.4", En319122 "4.3"]
        "Thuật toán băm khai trong CMS là thuật toán của chữ ký" / "The digest algorithm that the CMS names is the signature's"
        else "Thuật toán băm khai trong CMS khác với thuật toán của chữ ký" / "The digest algorithm that the CMS names is not the signature's"
        test "one_digest_algorithm";

    // ---- who signed ----
    SignerCertificate "identification.certificate" [En319102 "5.2.3", Rfc5652 "5.3"]
        "Tìm thấy chứng thư của người ký" / "The signer's certificate is found"
        else "Không tìm thấy chứng thư của người ký" / "The signer's certificate is not found"
        test "no_signing_certificate_is_inconclusive";
    Ess "identification.ess" [En319102 "5.2.3", En319122 "5.2.2.3", En319142 "6.3"]
        "ESS signing-certificate-v2 trỏ đúng chứng thư của người ký" / "ESS signing-certificate-v2 names the signer's certificate"
        else "ESS signing-certificate-v2 vắng mặt hoặc trỏ tới chứng thư khác" / "ESS signing-certificate-v2 is absent or names another certificate"
        test "ess_must_name_the_certificate";

    // ---- cryptography ----
    Digest "crypto.digest" [En319102 "5.2.7", Rfc5652 "5.4, 11.2", Tt15 "Art 6, integrity"]
        "Toàn vẹn: giá trị băm của tài liệu khớp với giá trị đã ký" / "Integrity: the document's digest is the one that was signed"
        else "Nội dung đã ký bị thay đổi: giá trị băm không khớp" / "The signed content was changed: the digest differs"
        test "every_flipped_byte_is_noticed";
    Value "crypto.value" [En319102 "5.2.7", Rfc5652 "5.6", Tt15 "Art 6, cryptographic check"]
        "Giá trị chữ ký đúng với khoá công khai trong chứng thư" / "The signature value verifies with the certificate's key"
        else "Giá trị chữ ký không đúng với khoá công khai trong chứng thư" / "The signature value does not verify with the certificate's key"
        test "a_wrong_value_is_a_crypto_failure";

    // ---- the certificate ----
    Path "x509.path" [En319102 "5.2.6", Rfc5280 "6.1", Tt15 "Art 6 and PL II, trust path"]
        "Có đường dẫn tin cậy tới một chứng thư gốc của chúng ta" / "A path leads to one of our own anchors"
        else "Không có đường dẫn tới chứng thư gốc nào của chúng ta" / "No path leads to any of our own anchors"
        test "an_unknown_authority_is_inconclusive";
    Validity "x509.validity" [En319102 "5.2.6, 5.5.4", Rfc5280 "6.1.3 (a)(2)", Tt15 "Art 6, validity at signing time"]
        "Các chứng thư còn hiệu lực vào lúc ký" / "The certificates were valid at the time of signing"
        else "Có chứng thư không trong thời hạn hiệu lực vào lúc ký được chứng minh" / "A certificate was outside its validity at the proven time of signing"
        test "expired_without_proof_is_out_of_bounds";
    PathConstraints "x509.constraints" [En319102 "5.2.6", Rfc5280 "4.2, 6.1.4"]
        "Các ràng buộc của đường dẫn đều thoả" / "The constraints of the path hold"
        else "Đường dẫn vi phạm một ràng buộc" / "The path breaks a constraint"
        test "path_defects_become_sub_indications";
    KeyUsage "x509.key_usage" [En319102 "5.2.6", Rfc5280 "4.2.1.3, 4.2.1.12"]
        "Chứng thư được phép dùng để ký văn bản" / "The certificate may be used to sign documents"
        else "Chứng thư không được phép dùng để ký văn bản" / "The certificate may not be used to sign documents"
        test "key_usage_of_the_signer";
    Status "x509.status" [En319102 "5.2.5, 5.2.6", Rfc5280 "6.3", Rfc6960 "3.2, 4.2.2", Tt15 "Art 6, status at the time of signing"]
        "Không chứng thư nào của đường dẫn bị thu hồi" / "No certificate of the path was revoked"
        else "Có chứng thư đã bị thu hồi" / "A certificate was revoked"
        test "revoked_without_proof_is_inconclusive_and_never_green";
    StatusKnown "x509.status_known" [En319102 "5.2.5, 5.2.6", Rfc5280 "6.3", Rfc6960 "3.2, 4.2.2", Tt15 "Art 6, warning when the status cannot be checked"]
        "Kiểm tra được tình trạng thu hồi của mọi chứng thư" / "The status of every certificate was checked"
        else "Không kiểm tra được tình trạng thu hồi của một chứng thư" / "The status of a certificate could not be checked"
        test "unknown_status_is_try_later";

    // ---- acceptance ----
    Algorithms "acceptance.algorithms" [En319102 "5.2.8", Tt15 "PL I"]
        "Thuật toán và độ dài khoá của chữ ký đủ mạnh theo chính sách" / "The signature's algorithms and key length satisfy the policy"
        else "Thuật toán hoặc độ dài khoá của chữ ký không đạt chính sách" / "The signature's algorithms or key length do not satisfy the policy"
        test "sha1_is_a_crypto_constraint";
    ChainAlgorithms "acceptance.chain_algorithms" [En319102 "5.2.6, 5.2.8", Tt15 "PL I"]
        "Thuật toán và độ dài khoá của các chứng thư đủ mạnh theo chính sách" / "The algorithms and key lengths of the certificates satisfy the policy"
        else "Thuật toán hoặc độ dài khoá của một chứng thư không đạt chính sách" / "The algorithms or key length of a certificate do not satisfy the policy"
        test "weak_chain_algorithms_are_a_crypto_constraint";

    // ---- time ----
    SignatureTimestamp "time.signature_timestamp" [En319102 "5.4, 5.5.4", En319142 "5.3, 6.3", Tt15 "Art 6.1g"]
        "Dấu thời gian của chữ ký hợp lệ" / "The signature's timestamp is valid"
        else "Chữ ký có dấu thời gian nhưng dấu thời gian đó không hợp lệ hoặc chưa kiểm tra được" / "The signature has a timestamp, but it is not valid or could not be checked"
        test "a_failing_timestamp_is_not_passed_over";
    TimeOrder "time.order" [En319102 "5.5.4, 5.6.3", Rfc3161 "2.4.2"]
        "Các mốc thời gian đúng thứ tự" / "The times are in order"
        else "Các mốc thời gian sai thứ tự" / "The times are out of order"
        test "timestamps_out_of_order";

    // ---- a timestamp token ----
    Token "timestamp.token" [Rfc3161 "2.4.2", En319102 "5.4"]
        "Đọc được dấu thời gian RFC 3161" / "The RFC 3161 token can be read"
        else "Không phải là dấu thời gian RFC 3161 đúng quy cách" / "It is not a well-formed RFC 3161 token"
        test "a_token_that_is_none";
    Imprint "timestamp.imprint" [Rfc3161 "2.4.1, 2.4.2", En319102 "5.4"]
        "Dấu thời gian được cấp cho đúng dữ liệu này" / "The token was issued for these very bytes"
        else "Dấu thời gian được cấp cho dữ liệu khác" / "The token was issued for other bytes"
        test "a_failing_timestamp_is_not_passed_over";
    TokenValue "timestamp.value" [Rfc3161 "2.4.2", Rfc5652 "5.4, 5.6", En319102 "5.4"]
        "Chữ ký của cơ quan cấp dấu thời gian đúng" / "The time-stamping authority's signature verifies"
        else "Chữ ký của cơ quan cấp dấu thời gian sai" / "The time-stamping authority's signature does not verify"
        test "a_token_with_a_wrong_value";
    TokenCertificate "timestamp.certificate" [Rfc3161 "2.4.2", En319102 "5.2.3, 5.4"]
        "Tìm thấy chứng thư của cơ quan cấp dấu thời gian và ESS trỏ đúng tới nó" / "The authority's certificate is found and ESS names it"
        else "Không tìm thấy chứng thư của cơ quan cấp dấu thời gian, hoặc ESS trỏ tới chứng thư khác" / "The authority's certificate is not found, or ESS names another"
        test "a_token_whose_certificate_is_not_named";
    TokenPurpose "timestamp.purpose" [Rfc3161 "2.3", Rfc5280 "4.2.1.12"]
        "Chứng thư chỉ dùng để cấp dấu thời gian (EKU tới hạn)" / "The certificate is for time-stamping alone (critical EKU)"
        else "Chứng thư không phải chỉ dùng để cấp dấu thời gian" / "The certificate is not for time-stamping alone"
        test "a_token_signed_by_a_person";
    TokenPath "timestamp.path" [En319102 "5.2.6, 5.4", Rfc5280 "6.1"]
        "Cơ quan cấp dấu thời gian có đường dẫn tin cậy" / "The authority's path leads to one of our own anchors"
        else "Không có đường dẫn tin cậy tới cơ quan cấp dấu thời gian" / "No good path leads to the authority"
        test "a_token_of_an_unknown_authority";
    TokenStatus "timestamp.status" [En319102 "5.2.5, 5.4", Rfc5280 "6.3", Rfc6960 "4.2.2"]
        "Chứng thư cấp dấu thời gian không bị thu hồi" / "The authority's certificate was not revoked"
        else "Chứng thư cấp dấu thời gian bị thu hồi, hoặc không kiểm tra được tình trạng" / "The authority's certificate was revoked, or its status could not be checked"
        test "a_token_without_status_is_pending";
    TokenTime "timestamp.time" [Rfc3161 "2.4.2", En319102 "5.4"]
        "Thời điểm cấp nằm trong hạn của chứng thư và không ở tương lai" / "The time lies within the certificate's validity and not in the future"
        else "Thời điểm cấp nằm ngoài hạn của chứng thư hoặc ở tương lai" / "The time lies outside the certificate's validity or in the future"
        test "a_token_from_the_future";
    TokenAlgorithms "timestamp.algorithms" [En319102 "5.2.8, 5.4", Tt15 "PL I"]
        "Thuật toán của dấu thời gian đủ mạnh theo chính sách" / "The token's algorithms satisfy the policy"
        else "Thuật toán của dấu thời gian không đạt chính sách" / "The token's algorithms do not satisfy the policy"
        test "a_token_with_a_sha1_imprint";

    // ---- what came after ----
    LaterChanges "changes.later" [Iso32000 "12.8.1, 12.8.2", En319142 "6.3"]
        "Sau khi ký chỉ có thay đổi được phép, hoặc không có thay đổi" / "Nothing, or only what is permitted, was changed after signing"
        else "Sau khi ký có thay đổi không được phép" / "Something that is not permitted was changed after signing"
        test "unpermitted_changes_are_refused";
    Certification "changes.certification" [Iso32000 "12.8.2.2, 12.8.2.4"]
        "Các thay đổi tôn trọng mọi giới hạn DocMDP và FieldMDP" / "Changes respect every DocMDP and FieldMDP limit"
        else "Có thay đổi vượt giới hạn DocMDP hoặc FieldMDP" / "A change exceeds a DocMDP or FieldMDP limit"
        test "certification_limits_what_may_follow";
    Covers "changes.covers" [Iso32000 "12.8.2.2", En319142 "6.3"]
        "Hình của các chữ ký sau không che nội dung đã ký" / "The appearances of later signatures cover no signed content"
        else "Hình của một chữ ký sau che nội dung đã ký" / "The appearance of a later signature covers signed content"
        test "covering_text_needs_a_valid_signature";
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not.
    Failed,
    /// It could not be decided, or counts against a plain verdict without disproving it.
    Inconclusive,
    /// It does not hold, the policy permits that, and a person should know.
    Warning,
}

/// Words for a warning code: Vietnamese, English. Codes that `pades` names and this table does not know are
/// shown with their detail.
pub fn warning(code: &str) -> (&'static str, &'static str) {
    let found = WARNINGS.iter().find(|(known, _, _)| *known == code);
    found.map_or(("Cần lưu ý", "Please note"), |(_, vi, en)| (*vi, *en))
}

const WARNINGS: &[(&str, &str, &str)] = &[
    ("structure", "Cấu trúc tệp không chặt chẽ", "The file's structure is not exact"),
    ("tail", "Có byte nằm sau bản cập nhật cuối cùng", "There are bytes after the last update"),
    ("encrypted", "Tệp được mã hoá bằng mật khẩu", "The file is encrypted"),
    (
        "status_unknown",
        "Không kiểm tra được tình trạng thu hồi của chứng thư: chưa thể kết luận",
        "The revocation status of a certificate could not be checked: no conclusion yet",
    ),
    (
        "timestamp_failed",
        "Dấu thời gian có mặt nhưng không dùng được: theo TT 15/2025 Điều 6.1g chữ ký chưa được kết luận là hợp lệ; riêng EN 319 102-1 sẽ bỏ qua dấu thời gian này",
        "A timestamp is present and cannot be used: by TT 15/2025 Art 6.1g the signature is not concluded valid; EN 319 102-1 alone would pass over this timestamp",
    ),
    (
        "document_timestamp_failed",
        "Dấu thời gian của tài liệu không chứng minh được gì",
        "A document timestamp proves nothing",
    ),
    (
        "no_timestamp",
        "Không có dấu thời gian: thời điểm ký chỉ là lời khai của máy người ký; hiệu lực được xét tại lúc kiểm tra",
        "No timestamp: the signing time is only what the signer's machine claimed; validity is judged at the time of verification",
    ),
    (
        "local_time_as_utc",
        "Thời điểm ký khai lệch khoảng 7 giờ so với dấu thời gian: phần mềm ký đã ghi giờ Việt Nam nhưng dán nhãn UTC; hãy tin dấu thời gian",
        "The claimed signing time is about 7 hours off the timestamp: the signing software wrote Vietnamese local time labelled as UTC; rely on the timestamp",
    ),
    (
        "clock_differs",
        "Thời điểm ký khai khác dấu thời gian: hãy tin dấu thời gian",
        "The claimed signing time differs from the timestamp: rely on the timestamp",
    ),
    (
        "ess_absent",
        "Chữ ký kiểu cũ không ghim chứng thư (thiếu ESS signing-certificate-v2)",
        "A signature of the older kind that does not pin its certificate (no ESS signing-certificate-v2)",
    ),
    ("ber", "CMS được mã hoá BER thay vì DER", "The CMS is BER instead of DER"),
    (
        "expired_since",
        "Chứng thư đã hết hạn sau khi ký; chữ ký còn hợp lệ nhờ bằng chứng thời gian",
        "The certificate expired after signing; the signature stays valid by its proof of time",
    ),
    (
        "revoked_since",
        "Chứng thư bị thu hồi sau khi ký; chữ ký còn hợp lệ nhờ bằng chứng thời gian",
        "The certificate was revoked after signing; the signature stays valid by its proof of time",
    ),
    (
        "covers",
        "CHÚ Ý: hình của một chữ ký sau che nội dung đã được ký trước; hãy so sánh hai bản",
        "ATTENTION: the appearance of a later signature covers content that was signed before; compare both revisions",
    ),
    (
        "covers_unknown",
        "Chưa đo được hình của chữ ký sau che gì; hãy so sánh hai bản",
        "What the appearance of a later signature covers was not measured; compare both revisions",
    ),
    (
        "later_revision",
        "Có bản cập nhật sau chữ ký cuối cùng",
        "There is an update after the last signature",
    ),
    ("javascript", "Tệp chứa JavaScript", "The file contains JavaScript"),
    ("launch_action", "Tệp chứa hành động mở chương trình", "The file contains a launch action"),
    ("optional_content", "Tệp có lớp nội dung bật tắt được", "The file has optional content"),
    ("hidden_object", "Tệp có đối tượng ẩn", "The file has hidden objects"),
    ("external_stream", "Tệp dẫn tới dữ liệu bên ngoài", "The file refers to data outside itself"),
    ("xfa", "Tệp có biểu mẫu XFA", "The file has an XFA form"),
    ("attachment", "Tệp có tệp đính kèm", "The file has attachments"),
    (
        "tail_bytes",
        "Có khoảng trắng hoặc chú thích sau phần cuối của tệp",
        "White space or a comment follows the end of the file",
    ),
    (
        "signature_orphaned",
        "Có dữ liệu chữ ký không thuộc trường nào: một chữ ký có thể đã bị gỡ",
        "There is a signature that no field holds: one may have been removed",
    ),
    (
        "signature_out_of_reach",
        "Có dữ liệu chữ ký mà cấu trúc tệp không còn dẫn tới: một chữ ký có thể đã bị giấu hoặc gỡ",
        "The file holds a signature that its structure no longer leads to: it may have been hidden or removed",
    ),
    (
        "certificate_unreadable",
        "Một chứng thư kèm trong chữ ký bị hỏng, không đọc được",
        "A certificate inside the signature is damaged and cannot be read",
    ),
    (
        "need_appearances",
        "Trình xem tự vẽ các trường biểu mẫu",
        "Viewers draw the form fields themselves",
    ),
    (
        "usage_rights",
        "Tệp có quyền sử dụng riêng của một hãng",
        "The file has usage rights of one vendor",
    ),
    ("multimedia", "Tệp có nội dung đa phương tiện", "The file has multimedia content"),
    (
        "form_action",
        "Tệp có hành động gửi hoặc nhập dữ liệu",
        "The file has an action that sends or takes data",
    ),
    (
        "hiding_action",
        "Tệp có hành động ẩn hoặc hiện nội dung",
        "The file has an action that shows or hides content",
    ),
    (
        "outside_action",
        "Tệp có hành động mở tệp khác",
        "The file has an action that opens another file",
    ),
    (
        "endobj_missing",
        "Tệp viết thiếu endobj (không đổi nội dung)",
        "An endobj is missing (the content is not in doubt)",
    ),
    (
        "generation_mismatch",
        "Số thế hệ đối tượng không khớp (không đổi nội dung)",
        "A generation number differs (the content is not in doubt)",
    ),
    (
        "filter_unsupported",
        "Có dòng dữ liệu nén theo cách chưa đọc được",
        "A stream uses a filter that is not read here",
    ),
    ("header_malformed", "Dòng đầu tệp viết khác quy cách", "The header is written in an odd way"),
    (
        "xref_entry_format",
        "Bảng tham chiếu viết khác quy cách",
        "The cross-reference table is written in an odd way",
    ),
    (
        "internal",
        "Một phép kiểm tra dừng bất thường; kết quả được coi là không đạt",
        "A check stopped unexpectedly; it counts as failed",
    ),
];
