//! The command line as data (contract: README, "The two commands").

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Ấn Tín: ký số và kiểm tra chữ ký số trên tệp PDF · signs PDF files with keys on tokens, and verifies them
#[derive(Parser, Debug)]
#[command(name = "antin", version, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// Tệp cấu hình · configuration file (else ANTIN_CONFIG, ~/.config/antin/antin.toml, /etc/antin/antin.toml)
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Ký một tệp PDF bằng khóa trên thiết bị · sign a PDF with a key on a token
    Sign(Box<Sign>),
    /// Tạo trước các trường chữ ký trống · add empty signature fields
    Fields(Fields),
    /// Kiểm tra chữ ký trên tệp PDF · verify the signatures of PDF files
    Verify(Verify),
    /// Xem thiết bị ký · look at tokens
    #[command(subcommand)]
    Token(Token),
    /// Xem và sửa kho gốc tin cậy · see and change the trust store
    #[command(subcommand)]
    Trust(Trust),
    /// Kiểm tra cấu hình · check the configuration alone
    CheckConfig(CheckConfig),
    /// Chạy thử toàn bộ trên thiết bị ký phần mềm · play the whole story on a software token
    #[cfg(feature = "demo")]
    Demo(Demo),
    /// (phiên bản sau · a later version)
    #[command(hide = true)]
    Inspect(Later),
    #[command(hide = true)]
    Extend(Later),
    /// Chạy hai cổng: cán bộ và công dân · the two listeners, staff and public
    Serve(Serve),
    /// Chạy việc nền: ký, tiếp nhận, nhật ký, webhook · background work: signing, intake, log, webhooks
    Work(Work),
    /// Tiến trình giữ thiết bị ký của hệ thống · the process that holds the service's tokens
    Signer(Signer),
    /// Kiểm tra nhật ký minh bạch · the transparency log
    #[command(subcommand)]
    Log(Log),
    /// Sao lưu cơ sở dữ liệu, tệp và nhật ký · back up database, files and log
    Backup(Backup),
    /// Khôi phục một bản sao lưu vào cơ sở dữ liệu trống · restore a backup into an empty database
    Restore(Backup),
    /// Đưa cơ sở dữ liệu lên phiên bản của chương trình · bring the database to this program's schema
    Migrate(Migrate),
    /// Người dùng · people
    #[command(subcommand)]
    User(User),
    #[command(hide = true, subcommand)]
    Child(Child),
}

#[derive(Subcommand, Debug)]
pub(crate) enum Log {
    /// Kiểm tra lại toàn bộ nhật ký từ các tệp đã công bố · verify a log from its published files alone
    Verify(LogVerify),
    /// So nhật ký đã công bố với cơ sở dữ liệu; hai người khôi phục phần thiếu · compare the published log with the database; two people close the gap
    Recover(LogRecover),
}

#[derive(Args, Debug)]
pub(crate) struct LogVerify {
    /// Thư mục hoặc địa chỉ của nhật ký · folder or address of the log
    #[arg(value_name = "DIR|URL")]
    pub(crate) log: String,
    /// Khóa công khai của nhật ký · public key of the log, name+id+key
    #[arg(long, value_name = "VKEY")]
    pub(crate) key: Option<String>,
    /// Điểm kiểm đã lưu từ trước · a checkpoint kept before: the log must still begin with it
    #[arg(long, value_name = "FILE")]
    pub(crate) known: Option<PathBuf>,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct LogRecover {
    /// Người thứ nhất đề nghị · the first person proposes
    #[arg(long, conflicts_with = "confirm", requires = "login")]
    pub(crate) propose: bool,
    /// Người thứ hai xác nhận · the second person confirms
    #[arg(long, requires = "login")]
    pub(crate) confirm: bool,
    /// Tên đăng nhập của người thực hiện · login of whoever does it
    #[arg(long = "as", value_name = "LOGIN")]
    pub(crate) login: Option<String>,
    /// Tệp chứa mật khẩu; nếu không có thì hỏi · file with the password, else it is asked for
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Backup {
    /// Thư mục của bản sao lưu · folder of the backup
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    #[arg(long)]
    pub(crate) json: bool,
}

/// `--config` names the signer's own configuration (docs/operations/signer.md).
#[derive(Args, Debug)]
pub(crate) struct Signer {
    /// Chỉ kiểm tra cấu hình · check the configuration alone
    #[arg(long)]
    pub(crate) check: bool,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Serve {
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Work {
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Migrate {
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum User {
    /// Thêm người dùng đầu tiên (quản trị viên) · add the first user, an administrator
    Add(UserAdd),
}

#[derive(Args, Debug)]
pub(crate) struct UserAdd {
    /// Tên đăng nhập · name of log-in
    #[arg(value_name = "LOGIN")]
    pub(crate) login: String,
    /// Họ tên · name
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// Tên cơ quan; lập mới nếu chưa có · name of the agency; made when it is not there
    #[arg(long, value_name = "NAME")]
    pub(crate) agency: String,
    /// Tên tắt của cơ quan · short word of the agency
    #[arg(long, value_name = "WORD")]
    pub(crate) agency_word: Option<String>,
    /// Vai trò · role
    #[arg(long, value_name = "ROLE", default_value = "administrator")]
    pub(crate) role: String,
    /// Chức vụ · title
    #[arg(long, value_name = "TITLE")]
    pub(crate) title: Option<String>,
    /// Tệp chứa mật khẩu, nếu không sẽ hỏi · file with the password, else it is asked
    #[arg(long, value_name = "FILE", conflicts_with = "password_stdin")]
    pub(crate) password_file: Option<PathBuf>,
    /// Đọc mật khẩu từ đầu vào · read the password from standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
    #[arg(long)]
    pub(crate) json: bool,
}

/// What the service starts for itself.
#[derive(Subcommand, Debug)]
pub(crate) enum Child {
    Read(ChildBounds),
    Prepare(ChildBounds),
}

#[derive(Args, Debug)]
pub(crate) struct ChildBounds {
    #[arg(long)]
    pub(crate) cpu_seconds: u64,
    #[arg(long)]
    pub(crate) memory_bytes: u64,
    #[arg(long)]
    pub(crate) document_bytes: u64,
}

/// A command that is not built yet takes anything and says so.
#[derive(Args, Debug)]
pub(crate) struct Later {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub(crate) rest: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Sign {
    /// Tệp PDF cần ký · the PDF to sign
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,
    /// Tệp kết quả · the signed file
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,
    /// Thư viện PKCS#11 của thiết bị · PKCS#11 library of the token
    #[arg(long, value_name = "SO")]
    pub(crate) module: PathBuf,
    /// Tên hoặc số sê-ri thiết bị · label or serial number of the token
    #[arg(long, value_name = "LABEL")]
    pub(crate) token: String,
    /// Tên hoặc mã khóa (hex) · label or id of the key
    #[arg(long, value_name = "LABEL|ID")]
    pub(crate) key: String,
    /// Tệp chứa mã PIN, nếu không sẽ hỏi · file with the PIN, else it is asked
    #[arg(long, value_name = "FILE")]
    pub(crate) pin_file: Option<PathBuf>,
    /// Chứng thư của người ký · signer's certificate (else the one beside the key)
    #[arg(long, value_name = "PEM")]
    pub(crate) cert: Option<PathBuf>,
    /// Chứng thư trung gian · intermediate certificates
    #[arg(long, value_name = "PEM")]
    pub(crate) chain: Vec<PathBuf>,
    /// Mật khẩu mở tệp · password of the document (later version)
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Mức chữ ký · PAdES baseline level
    #[arg(long, value_enum, default_value = "b")]
    pub(crate) level: Level,
    /// Máy chủ dấu thời gian · timestamp authority
    #[arg(long, value_name = "URL")]
    pub(crate) tsa: Option<String>,
    /// Trường chữ ký: có sẵn và trống, hoặc tên mới · an existing empty field, or a new name
    #[arg(long, value_name = "NAME")]
    pub(crate) field: Option<String>,
    /// Trang, từ 1 · page, from 1
    #[arg(long, value_name = "N", requires = "rect", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) page: Option<u32>,
    /// Khung trên trang, mm từ góc dưới bên trái · box in mm from the lower left
    #[arg(long, value_name = "X,Y,W,H", value_parser = rect, conflicts_with = "place", allow_hyphen_values = true)]
    pub(crate) rect: Option<[f64; 4]>,
    /// Đặt theo dòng chữ · place by text: after:TEXT or between:TEXT|TEXT
    #[arg(long, value_name = "after:TEXT|between:TEXT|TEXT")]
    pub(crate) place: Option<String>,
    /// Cỡ khung, mm · size of the box in mm
    #[arg(long, value_name = "W,H", value_parser = size)]
    pub(crate) size: Option<[f64; 2]>,
    /// Hình thức · what is shown
    #[arg(long, value_enum, default_value = "none")]
    pub(crate) appearance: Appearance,
    /// Ảnh PNG · picture
    #[arg(long, value_name = "PNG")]
    pub(crate) image: Option<PathBuf>,
    /// Chữ: số và ký hiệu, ngày|tháng, số|ngày|tháng · text: number, day|month, number|day|month
    #[arg(long, value_name = "T")]
    pub(crate) text: Option<String>,
    /// Cỡ chữ, điểm · text size in points
    #[arg(long, value_name = "PT", default_value_t = 13.0)]
    pub(crate) text_size: f64,
    /// Ký chứng thực, mức cho phép thay đổi · certifying signature with this permission
    #[arg(long, value_name = "1|2|3", value_parser = clap::value_parser!(u8).range(1..=3))]
    pub(crate) certify: Option<u8>,
    /// Kiểu đệm RSA · RSA padding (pss where the token offers it)
    #[arg(long, value_enum)]
    pub(crate) padding: Option<Padding>,
    #[arg(long, value_enum, default_value = "sha256")]
    pub(crate) digest: Digest,
    /// Lý do · reason, kept in the signature
    #[arg(long, value_name = "T")]
    pub(crate) reason: Option<String>,
    /// Nơi ký · place of signing, kept in the signature
    #[arg(long, value_name = "T")]
    pub(crate) location: Option<String>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    /// Danh sách thu hồi · revocation lists
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) crl: Vec<PathBuf>,
    /// Không dùng mạng · no network
    #[arg(long)]
    pub(crate) offline: bool,
    /// Ký dù chưa biết trạng thái thu hồi · sign though the status is unknown
    #[arg(long)]
    pub(crate) allow_unknown_status: bool,
    /// Ghi bằng chứng đã dùng · write the evidence used
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence_out: Option<PathBuf>,
    /// Sửa tệp hỏng chưa ký · rebuild a damaged unsigned file (later version)
    #[arg(long)]
    pub(crate) repair: bool,
    /// Kết quả dạng JSON · result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct TrustArgs {
    /// Gốc tin cậy thay cho kho đã cấu hình · anchors instead of the configured store
    #[arg(long, value_name = "PEM|DIR")]
    pub(crate) trust: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Fields {
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Trường mới · a new field: name, page from 1, box in mm
    #[arg(long, value_name = "NAME,N,X,Y,W,H", value_parser = new_field)]
    pub(crate) add: Vec<NewField>,
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewField {
    pub(crate) name: String,
    pub(crate) page: u32,
    pub(crate) rect: [f64; 4],
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    /// Chứng thư giúp tìm đường dẫn · further certificates for paths, never trust
    #[arg(long, value_name = "PEM|DIR")]
    pub(crate) cert: Vec<PathBuf>,
    #[arg(long, value_name = "FILE|DIR")]
    pub(crate) crl: Vec<PathBuf>,
    #[arg(long, value_name = "FILE")]
    pub(crate) ocsp: Vec<PathBuf>,
    /// Thời điểm kiểm tra · instant of the verdict
    #[arg(long, value_name = "RFC3339")]
    pub(crate) at: Option<jiff::Timestamp>,
    #[arg(long)]
    pub(crate) offline: bool,
    #[arg(long, value_name = "NAME")]
    pub(crate) policy: Option<String>,
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Bằng chứng đã lưu · evidence kept before
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence_out: Option<PathBuf>,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Token {
    /// Các thiết bị đang cắm · tokens that are plugged in
    List(TokenList),
    /// Khóa và chứng thư trên một thiết bị · keys and certificates of one token
    Show(TokenShow),
}

#[derive(Args, Debug)]
pub(crate) struct TokenList {
    #[arg(long, value_name = "SO")]
    pub(crate) module: PathBuf,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct TokenShow {
    #[arg(long, value_name = "SO")]
    pub(crate) module: PathBuf,
    #[arg(long, value_name = "LABEL")]
    pub(crate) token: String,
    /// Không có thì chỉ thấy phần công khai · without it only what is public is seen
    #[arg(long, value_name = "FILE")]
    pub(crate) pin_file: Option<PathBuf>,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Trust {
    /// Các gốc tin cậy đang dùng · anchors in use
    List(TrustList),
    /// Thêm chứng thư · add a certificate
    Add(TrustAdd),
    /// Bỏ chứng thư · remove a certificate
    Remove(TrustRemove),
    /// Tải các gốc đã biết và so dấu vân tay · download known anchors, pinned by fingerprint
    Fetch(TrustFetch),
}

#[derive(Args, Debug)]
pub(crate) struct TrustList {
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct TrustAdd {
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct TrustRemove {
    #[arg(value_name = "SHA256")]
    pub(crate) sha256: String,
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct TrustFetch {
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct CheckConfig {
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(feature = "demo")]
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// Không hỏi gì, xong thì thoát · ask nothing and exit at the end
    #[arg(long)]
    pub(crate) auto: bool,
    /// Nơi để mọi thứ · where everything lies
    #[arg(long, value_name = "DIR", default_value = "var/demo")]
    pub(crate) dir: PathBuf,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    B,
    T,
    Lt,
    Lta,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Appearance {
    Official,
    Seal,
    Attachment,
    Initials,
    Number,
    Date,
    NumberDate,
    None,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Padding {
    Pss,
    Pkcs1,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Digest {
    Sha256,
    Sha384,
    Sha512,
}

fn rect(text: &str) -> Result<[f64; 4], String> {
    numbers(text)
}

fn size(text: &str) -> Result<[f64; 2], String> {
    numbers(text)
}

fn numbers<const N: usize>(text: &str) -> Result<[f64; N], String> {
    let wanted = || format!("cần {N} số, mm · {N} numbers in mm are wanted");
    let found: Vec<f64> = text
        .split(',')
        .map(|n| n.trim().parse::<f64>())
        .collect::<Result<_, _>>()
        .map_err(|_| wanted())?;
    if !found.iter().all(|n| n.is_finite()) {
        return Err(wanted());
    }
    <[f64; N]>::try_from(found).map_err(|_| wanted())
}

/// The name may hold commas; the five numbers come last.
fn new_field(text: &str) -> Result<NewField, String> {
    let wanted = || "NAME,N,X,Y,W,H".to_owned();
    let mut parts: Vec<&str> = text.rsplitn(6, ',').collect();
    parts.reverse();
    let [name, page, x, y, w, h] = parts.as_slice() else { return Err(wanted()) };
    let page: u32 = page.trim().parse().map_err(|_| wanted())?;
    if name.is_empty() || page == 0 {
        return Err(wanted());
    }
    Ok(NewField { name: (*name).to_owned(), page, rect: numbers(&[*x, *y, *w, *h].join(","))? })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn boxes_and_fields() {
        assert_eq!(rect("1, 2.5,3,4").unwrap(), [1.0, 2.5, 3.0, 4.0]);
        assert!(rect("1,2,3").is_err());
        assert!(rect("1,2,3,nan").is_err());
        let field = new_field("Ký, đóng dấu,2,10,20,60,25").unwrap();
        assert_eq!((field.name.as_str(), field.page), ("Ký, đóng dấu", 2));
        assert!(new_field("a,0,1,2,3,4").is_err());
    }
}
