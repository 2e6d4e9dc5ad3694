//! Quyết định with a table that crosses two pages.

use jiff::Timestamp;

use super::form::{Ending, body, ending, header, heading};
use super::sheet::{Setting, Sheet, bold, regular};
use super::{LabDocument, sheet};

const TITLE: &str =
    "Quyết định về việc hỗ trợ kinh phí sửa chữa nhà ở cho các hộ gia đình bị thiệt hại do bão";

pub(super) fn make(created: Timestamp) -> anyhow::Result<LabDocument> {
    let year = sheet::year(created);
    let mut page = Sheet::new()?;
    let header = header(&mut page, "QĐ-UBND", year);
    heading(&mut page, 13.0, bold(14.0), "QUYẾT ĐỊNH");
    heading(&mut page, 6.5, bold(14.0), "Về việc hỗ trợ kinh phí sửa chữa nhà ở");
    heading(&mut page, 6.0, bold(14.0), "cho các hộ gia đình bị thiệt hại do bão");
    let under = page.width(bold(14.0), "cho các hộ gia đình bị thiệt hại do bão") * 0.4;
    let y = page.y + 2.0;
    page.rule((112.5 - under / 2.0, y), (112.5 + under / 2.0, y), 0.25);
    page.y += 6.0;
    heading(&mut page, 6.0, bold(14.0), "ỦY BAN NHÂN DÂN PHƯỜNG AN LÀNH");
    page.y += 2.0;

    let text = Setting { pitch: 6.5, ..body(14.0, 10.0) };
    for ground in [
        "_Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;_".to_owned(),
        "_Căn cứ Luật Ngân sách nhà nước ngày 25 tháng 6 năm 2025;_".to_owned(),
        format!(
            "_Căn cứ Nghị quyết số 31/NQ-HĐND ngày 12 tháng 12 năm {} của Hội đồng nhân dân phường \
             An Lành về việc hỗ trợ khắc phục hậu quả thiên tai;_",
            year - 1
        ),
        "_Theo đề nghị của Trưởng phòng Kinh tế, Hạ tầng và Đô thị phường An Lành._".to_owned(),
    ] {
        page.paragraph(&text, &ground);
        page.y += 1.0;
    }
    heading(&mut page, 9.0, bold(14.0), "QUYẾT ĐỊNH:");
    page.y += 2.0;
    page.paragraph(
        &text,
        "*Điều 1.* Hỗ trợ kinh phí sửa chữa nhà ở cho 20 hộ gia đình trên địa bàn phường An Lành bị \
         thiệt hại do bão, tổng số tiền 470.000.000 đồng (Bốn trăm bảy mươi triệu đồng chẵn), theo \
         danh sách sau:",
    );
    list(&mut page);
    page.y += 2.0;
    for article in [
        "*Điều 2.* Nguồn kinh phí: dự phòng ngân sách phường năm nay. Phòng Kinh tế, Hạ tầng và Đô thị \
         chi trả trực tiếp cho chủ hộ hoặc người được ủy quyền hợp pháp, chậm nhất 15 ngày kể từ ngày \
         Quyết định này có hiệu lực; quyết toán theo quy định hiện hành.",
        "*Điều 3.* Quyết định này có hiệu lực kể từ ngày ký.",
        "*Điều 4.* Chánh Văn phòng Hội đồng nhân dân và Ủy ban nhân dân, Trưởng phòng Kinh tế, Hạ tầng \
         và Đô thị, thủ trưởng các đơn vị có liên quan và các hộ gia đình có tên tại Điều 1 chịu trách \
         nhiệm thi hành Quyết định này./.",
    ] {
        page.paragraph(&text, article);
        page.y += 1.5;
    }

    let layout = ending(
        &mut page,
        header,
        &Ending {
            titles: &["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"],
            name: "Nguyễn Hữu Phước An",
            recipients: &[
                "- Như Điều 4;",
                "- Thường trực Đảng ủy phường;",
                "- Thường trực HĐND phường;",
                "- Ủy ban MTTQ Việt Nam phường;",
                "- Lưu: VT, KTHT.",
            ],
        },
    );
    Ok(LabDocument { name: "quyet-dinh", pdf: page.finish(TITLE, created)?, layout })
}

fn list(page: &mut Sheet) {
    let head = [[
        "STT",
        "Họ và tên chủ hộ",
        "Năm sinh",
        "Tổ dân phố",
        "Mức độ thiệt hại",
        "Số tiền (đồng)",
    ]];
    let rows = [
        ["1", "Nghiêm Xuân Thuỷ", "1957", "Số 1", "Tốc toàn bộ mái", "30.000.000"],
        ["2", "Phùng Thị Mỹ Duyên", "1979", "Số 1", "Nứt tường", "20.000.000"],
        ["3", "Quách Đình Khuê", "1964", "Số 1", "Tốc một phần mái", "15.000.000"],
        ["4", "Đoàn Thị Ngọ", "1951", "Số 2", "Sập gian bếp", "25.000.000"],
        ["5", "Lưu Bá Phẩm", "1982", "Số 2", "Tốc toàn bộ mái", "30.000.000"],
        ["6", "Giáp Thị Hường", "1990", "Số 3", "Tốc một phần mái", "15.000.000"],
        ["7", "Mẫn Đức Trữ", "1968", "Số 3", "Hư hỏng cửa, trần", "12.500.000"],
        ["8", "Tống Thị Quỳnh Như", "1986", "Số 3", "Tốc toàn bộ mái", "30.000.000"],
        ["9", "Lại Văn Ưởng", "1949", "Số 4", "Sập một phần nhà", "40.000.000"],
        ["10", "Ngô Thị Kiều Oanh", "1975", "Số 4", "Nứt tường", "20.000.000"],
        ["11", "Thạch Sơn Vỹ", "1993", "Số 5", "Tốc một phần mái", "15.000.000"],
        ["12", "Cù Thị Lựu", "1960", "Số 5", "Sập gian bếp", "25.000.000"],
        ["13", "Âu Dương Hiệp", "1971", "Số 6", "Tốc toàn bộ mái", "30.000.000"],
        ["14", "Viên Thị Ánh Tuyết", "1984", "Số 6", "Nứt tường", "20.000.000"],
        ["15", "Khổng Minh Toại", "1966", "Số 6", "Hư hỏng cửa, trần", "12.500.000"],
        ["16", "Hứa Thị Tươi", "1958", "Số 7", "Sập một phần nhà", "40.000.000"],
        ["17", "Vi Văn Đượm", "1988", "Số 7", "Tốc một phần mái", "15.000.000"],
        ["18", "Bạch Thị Rỡ", "1954", "Số 7", "Tốc toàn bộ mái", "30.000.000"],
        ["19", "Kiều Hữu Nghiệp", "1977", "Số 8", "Nứt tường", "20.000.000"],
        ["20", "Trương Lệ Quyên", "1991", "Số 8", "Sập gian bếp", "25.000.000"],
        ["", "Tổng cộng", "", "", "", "470.000.000"],
    ];
    let columns = [30.0, 41.0, 84.0, 103.5, 127.0, 165.0, 195.0];
    page.y += 3.0;
    page.table(&columns, &head, &rows, regular(12.5), 7.2, &[5]);
}
