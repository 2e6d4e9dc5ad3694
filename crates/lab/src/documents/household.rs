//! Giấy chứng nhận đăng ký hộ kinh doanh.

use jiff::Timestamp;

use super::form::{Ending, body, ending, header, heading};
use super::sheet::{Setting, Sheet, bold, italic, regular};
use super::{LabDocument, sheet};

const TITLE: &str = "Giấy chứng nhận đăng ký hộ kinh doanh";

pub(super) fn make(created: Timestamp) -> anyhow::Result<LabDocument> {
    let mut page = Sheet::new()?;
    let header = header(&mut page, "GCN-UBND", sheet::year(created));
    heading(&mut page, 14.0, bold(15.0), "GIẤY CHỨNG NHẬN ĐĂNG KÝ HỘ KINH DOANH");
    heading(&mut page, 7.0, bold(13.0), "Mã số hộ kinh doanh: 09900000123");
    heading(&mut page, 6.5, italic(13.0), "Đăng ký lần đầu");
    page.y += 4.0;

    let text = Setting { pitch: 6.6, ..body(13.0, 0.0) };
    for line in [
        "*1. Tên hộ kinh doanh:* HỘ KINH DOANH GỐM SỨ HẢI YẾN",
        "*2. Trụ sở:* số 27, đường Bến Thuyền, tổ dân phố số 4, phường An Lành, tỉnh Sông Mẫu. \
         Điện thoại: 0999 000 127.",
        "*3. Ngành, nghề kinh doanh:* sản xuất và bán lẻ đồ gốm, sứ gia dụng (mã ngành 2393, 4759); \
         dạy nghề thủ công ngắn hạn cho du khách (mã ngành 8559).",
        "*4. Vốn kinh doanh:* 250.000.000 đồng (Hai trăm năm mươi triệu đồng chẵn).",
        "*5. Chủ thể thành lập hộ kinh doanh:* các thành viên hộ gia đình.",
        "*6. Thông tin về chủ hộ kinh doanh:*",
    ] {
        page.paragraph(&text, line);
    }
    let inner = Setting { left: text.left + 5.0, ..text };
    page.fields(&inner, &[(0.0, "Họ, chữ đệm và tên: ĐẶNG THỊ HẢI YẾN"), (110.0, "Giới tính: Nữ")]);
    page.fields(
        &inner,
        &[(0.0, "Sinh ngày: 09/02/1988"), (60.0, "Dân tộc: Kinh"), (110.0, "Quốc tịch: Việt Nam")],
    );
    page.paragraph(&inner, "Số định danh cá nhân: 099188000127");
    page.paragraph(
        &inner,
        "Nơi thường trú: số 27, đường Bến Thuyền, phường An Lành, tỉnh Sông Mẫu",
    );
    page.paragraph(&text, "*7. Danh sách thành viên hộ gia đình tham gia:*");
    members(&mut page);

    let layout = ending(
        &mut page,
        header,
        &Ending {
            titles: &["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"],
            name: "Nguyễn Hữu Phước An",
            recipients: &[
                "- Hộ kinh doanh Gốm sứ Hải Yến;",
                "- Thuế cơ sở khu vực An Lành;",
                "- Lưu: VT, ĐKKD.",
            ],
        },
    );
    Ok(LabDocument { name: "ho-kinh-doanh", pdf: page.finish(TITLE, created)?, layout })
}

fn members(page: &mut Sheet) {
    let rows = [
        ["STT", "Họ và tên", "Năm sinh", "Số định danh cá nhân"],
        ["1", "Đặng Thị Hải Yến", "1988", "099188000127"],
        ["2", "Trịnh Quang Vũ", "1985", "099085000346"],
        ["3", "Trịnh Đặng Ngữ Nghĩa", "2007", "099207000518"],
    ];
    let columns = [35.0, 47.0, 107.0, 131.0, 185.0];
    page.y += 2.5;
    page.table(&columns, &rows[..1], &rows[1..], regular(12.0), 6.4, &[]);
}
