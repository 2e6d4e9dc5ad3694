//! Giấy xác nhận tình trạng hôn nhân, signed by a deputy.

use jiff::Timestamp;

use super::form::{Ending, body, ending, header, heading};
use super::sheet::{Setting, Sheet, bold};
use super::{LabDocument, sheet};

const TITLE: &str = "Giấy xác nhận tình trạng hôn nhân";

pub(super) fn make(created: Timestamp) -> anyhow::Result<LabDocument> {
    let mut page = Sheet::new()?;
    let header = header(&mut page, "UBND-XNTTHN", sheet::year(created));
    heading(&mut page, 16.0, bold(15.0), "GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN");
    heading(&mut page, 12.0, bold(13.5), "ỦY BAN NHÂN DÂN PHƯỜNG AN LÀNH");
    page.y += 3.0;

    let text = Setting { pitch: 7.4, ..body(13.5, 0.0) };
    page.paragraph(
        &text,
        "Xét đề nghị của bà Vương Thị Khánh Huyền, về việc cấp Giấy xác nhận tình trạng hôn nhân cho \
         bà Vương Thị Khánh Huyền,",
    );
    heading(&mut page, 11.0, bold(14.0), "XÁC NHẬN:");
    page.y += 3.0;
    page.paragraph(&text, "Họ, chữ đệm, tên: *VƯƠNG THỊ KHÁNH HUYỀN*");
    page.paragraph(&text, "Ngày, tháng, năm sinh: 28/8/1999");
    page.fields(
        &text,
        &[(0.0, "Giới tính: Nữ"), (55.0, "Dân tộc: Tày"), (110.0, "Quốc tịch: Việt Nam")],
    );
    for line in [
        "Giấy tờ tùy thân: Thẻ căn cước số 099199000684, do Bộ Công an cấp ngày 03/3/2025",
        "Nơi cư trú: số 9, ngõ 12, đường Rặng Nhãn, phường An Lành, tỉnh Sông Mẫu",
        "Tình trạng hôn nhân: *Hiện tại chưa đăng ký kết hôn với ai.*",
        "Giấy này có giá trị sử dụng trong thời hạn 06 tháng, kể từ ngày cấp, được sử dụng để: đăng ký \
         kết hôn với ông Hà Đỗ Trường Giang, sinh ngày 17/10/1996, nơi cư trú: xã Bãi Sậy Thượng, tỉnh \
         Sông Mẫu, tại Ủy ban nhân dân phường An Lành.",
    ] {
        page.paragraph(&text, line);
    }

    let layout = ending(
        &mut page,
        header,
        &Ending {
            titles: &["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"],
            name: "Lê Thị Ngọc Bích",
            recipients: &["- Bà Vương Thị Khánh Huyền;", "- Lưu: VT, HT."],
        },
    );
    Ok(LabDocument { name: "xac-nhan-hon-nhan", pdf: page.finish(TITLE, created)?, layout })
}
