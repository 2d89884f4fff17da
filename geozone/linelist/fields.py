"""The fields of a line list and the headers they go by, Vietnamese and English.

Patterns are matched against the whole header without diacritics, lower case, signs as spaces
(`geozone.tables.fold`), best first.
"""

from __future__ import annotations

from typing import Final

__all__ = ["ADDRESS_PARTS", "DATE_FIELDS", "FIELDS", "INTERNAL_COLUMNS", "PRIVATE_FIELDS"]

INTERNAL_COLUMNS: Final = ("_row", "_faults", "_cells", "_taken")
"""Columns that `write_rejects` adds; never data."""
PRIVATE_FIELDS: Final = frozenset({"person_name", "phone"})
"""Fields whose values never appear in a message."""
ADDRESS_PARTS: Final = ("house", "street", "hamlet", "commune", "district", "province")
"""Columns that add up to an address, most precise first."""
DATE_FIELDS: Final = ("report_date", "positive_date", "sample_date", "onset_date")
"""Dates; the day a case counts is the first of the first three that is given."""

_NOW = r"(?: (?:hien tai|hien nay|noi o|noi cu tru|cu tru|dang o|tam tru|sinh song))*"
_OF_PERSON = r"(?: (?:benh nhan|nguoi benh|ca benh|bn|cua bn|patient|case))?"

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "case_id": (
        r"case id|ma ca( benh)?|ma so ca( benh)?",
        r"(ma|ma so|so) (bn|benh nhan|f0|nguoi benh|ho so|dinh danh)( bo y te| byt)?|ms ?bn|mabn|mbn|bn so",
        r"(patient|record|line list|subject) (id|no|number|code)|patientid|caseid|case (no|number|code)"
        r"|id ca",
        r"(ma|ma so|so) (o dich|co so( chan nuoi)?|(trang |gia )?trai|ho( chan nuoi)?|dan)",
        r"(holding|farm|establishment|premises|herd|flock|outbreak) (id|no|number|code)",
        r"id|ma|code|bn",
    ),
    "person_name": (
        r"ho( va)? ten" + _OF_PERSON + r"|hoten|person name",
        r"ten( day du)?"
        + _OF_PERSON
        + r"|(full|patient|case|person) ?name|ho ten( (khai sinh|f0|nguoi mac))?",
        r"(ten )?chu (ho|co so|(trang |gia )?trai|nuoi|dan|vat nuoi)( chan nuoi)?|ho chan nuoi"
        r"|(owner|keeper|farmer)( name)?",
        r"ten (co so( chan nuoi)?|(trang |gia )?trai|ho chan nuoi)|(holding|farm|establishment) name",
        r"name|benh nhan",
    ),
    "phone": (
        r"sdt|so dien thoai|dien thoai|so dt|dt|tel|phone|mobile|telephone|phone (number|no)|sodienthoai",
        r"(sdt|so dien thoai|dien thoai|so dt|phone)( (lien he|lien lac|di dong|contact))?" + _OF_PERSON,
    ),
    "age": (r"tuoi|age|so tuoi|age years|tuoi nam", r"do tuoi|(tuoi|age)" + _OF_PERSON, r"nhom tuoi"),
    "birth": (
        r"nam sinh|ngay( thang)? nam sinh|ngay( thang)? sinh|ngay thang nam sinh|ns|birth year|year of birth",
        r"dob|date of birth|birth ?date|birthday|yob|namsinh|sinh nam|ngay sinh nam sinh",
    ),
    "age_male": (r"nam|tuoi nam gioi|nam sinh nam",),
    "age_female": (r"nu|tuoi nu gioi|nam sinh nu",),
    "sex": (r"gioi tinh|gioi|sex|gender|gt|phai|nam nu|gioitinh|gioi tinh nam nu",),
    "address": (
        r"dia chi (noi o|hien tai|noi cu tru|cu tru|noi o hien (tai|nay)|hien nay|noi sinh song"
        r"|cho o)( chi tiet)?",
        r"dia chi|address|full address|diachi|home address|residential address|dia chi (day du|chi tiet"
        r"|cu the)",
        r"noi o( hien (tai|nay))?|cho o( hien (tai|nay))?|noi cu tru|noi sinh song|residence"
        r"|place of residence",
        r"dia chi" + _OF_PERSON + r"|tam tru|dia chi tam tru|dia chi nha|noi o( cua)?" + _OF_PERSON,
        r"(dia chi |noi )?thuong tru|ho khau( thuong tru)?|permanent address",
    ),
    "house": (r"so nha|house( number| no)?|nha so|so nha (ngo|ngach|hem)( .*)?",),
    "street": (
        r"duong|pho|duong pho|ten duong|street|road|so nha (ten )?(duong|pho)( pho)?|ngo ngach( duong)?",
    ),
    "hamlet": (
        r"thon|to dan pho|tdp|ap|thon tdp|thon to( dan pho)?|thon ap|khu pho|to|hamlet|village|ban|khom|xom",
        r"(thon|ap|ban|xom|to|khu|khu pho|kp|tdp|to dan pho|khom|lang|buon|so|nha)( (thon|ap|ban|xom|to"
        r"|khu|khu pho"
        r"|kp|tdp|to dan pho|khom|lang|buon))+" + _NOW,
    ),
    "commune": (
        r"(ten )?(xa|phuong|xa phuong|phuong xa|commune|ward|commune name|ward name)",
        r"(xa|phuong|p|x|tt|thi tran|dac khu)( (xa|phuong|p|x|tt|thi tran|dac khu))*" + _NOW,
        r"(commune|ward|township|xaphuong|phuongxa)( (commune|ward|township|town|residence))*",
    ),
    "district": (
        r"(ten )?(quan|huyen|quan huyen|huyen quan|district|district name)",
        r"(quan|huyen|q|h|thi xa|tx|thanh pho|tp)( (quan|huyen|q|h|thi xa|tx|thanh pho"
        r"|tp))*(?<!^tp)(?<!^thanh pho)" + _NOW,
        r"district( (county|town|city|residence))*|county|quanhuyen|huyen( tx| thi)( tp| thi)?",
    ),
    "province": (
        r"(ten )?(tinh|tinh thanh( pho)?|province|tinh tp|tinh thanh pho|province name)",
        r"(tinh|tp|thanh pho)( (tinh|tp|thanh pho|thanh|truc thuoc tw|truc thuoc trung uong))*" + _NOW,
        r"(province|city)( (city|province|residence))*|tinhthanh|tinhtp|dia phuong",
    ),
    "lon": (
        r"lon|lng|long|longitude|kinh do",
        r"(toa do )?(x|kinh do)( x| lon| lng| longitude| wgs ?84)?|point x",
    ),
    "lat": (r"lat|latitude|vi do", r"(toa do )?(y|vi do)( y| lat| latitude| wgs ?84)?|point y"),
    "point": (
        r"toa do|toa do gps|gps|coordinates?|lat ?lon|lat ?lng|lat ?long|vi do kinh do|latitude longitude",
        r"(toa do|dinh vi|vi tri)( (nha|noi o|gps|vi do kinh do|lat lon|lat long|lat lng|google maps?))*",
    ),
    "work_address": (
        r"noi lam viec|dia chi (noi )?lam viec|work address|workplace|place of work|noi lam viec hoc tap",
        r"(co quan|cong ty|noi cong tac|don vi cong tac|noi hoc|truong hoc|noi hoc tap|school|employer|work)"
        r"( (lam viec|cong tac|truong hoc|cong ty|co quan|noi hoc))*|noi lam viec( .*)?",
    ),
    "work_lon": (r"work (lon|lng|longitude)|kinh do (noi )?lam viec",),
    "work_lat": (r"work (lat|latitude)|vi do (noi )?lam viec",),
    "exposure_address": (
        r"noi phoi nhiem|exposure( address| place| site| location)?|noi lay nhiem|place of exposure",
        r"(dia chi|dia diem|noi) (phoi nhiem|lay nhiem|nghi lay nhiem|tiep xuc|lien quan"
        r"|nghi phoi nhiem)( .*)?",
    ),
    "exposure_lon": (r"exposure (lon|lng|longitude)|kinh do (noi )?(phoi|lay) nhiem",),
    "exposure_lat": (r"exposure (lat|latitude)|vi do (noi )?(phoi|lay) nhiem",),
    "report_date": (
        r"ngay (bao cao|cong bo|thong bao|bao ca|ghi nhan)( ca( benh)?)?|report(ed|ing)? ?date"
        r"|date of report(ing)?",
        r"date( of)? (notification|reported)|notification date|date report(ed)?|ngay bc|ngay phat hien( ca)?",
        r"ngay|date|ngay thang( nam)?|day|ngay ca benh|case date",
    ),
    "positive_date": (
        r"ngay( co)?( kq| ket qua)?( xn| xet nghiem)?( co)?( kq| ket qua)? duong tinh( .*)?",
        r"(date (of )?)?(positive|confirm(ed|ation)?|diagnosis|result|lab result)( result| test)?( date)?",
        r"ngay (xac dinh|khang dinh|chan doan|co kq|co ket qua|tra ket qua|kq|ket qua|xn|xet nghiem)( .*)?",
        r"ngay (xac nhan|cong bo)( (o dich|ca( benh)?|mac( benh)?|benh|ket qua))?",
    ),
    "sample_date": (
        r"ngay lay mau( .*)?|(sample|specimen|test|collection|swab)(ing)? ?(collection )?date"
        r"|date of (sample|test).*",
    ),
    "onset_date": (
        r"ngay (khoi phat|phat benh|khoi benh|mac benh|mac|phat ban|sot)( .*)?|(symptom )?onset ?(date)?",
        r"ngay (co con|vat nuoi|gia cam|lon|gia suc)( bat dau)? (om|chet|mac)( dau tien)?",
        r"date (of )?(symptom )?onset( .*)?|symptom(s)? onset( date)?|ngay (xuat hien|co) trieu chung( .*)?",
    ),
    "count": (
        r"so ca|so ca (mac|benh|moi|mac moi|duong tinh|nhiem)( (moi|trong ngay))?|new ?cases|cases"
        r"|case count|count",
        r"so (luong|f0|nguoi mac|mac|luong ca|bn|benh nhan)( (moi|mac|benh))?|sl|(number"
        r"|no) of (new )?cases|soca|n",
    ),
    "case_class": (
        r"phan loai( ca( benh)?)?|case (class|classification|status|definition|type)|loai ca( benh)?"
        r"|classification",
        r"(chan doan|ket qua|kq)( (xn|xet nghiem|pcr|rt pcr|test))?|tinh trang ca benh|(lab"
        r"|test)? ?result|status",
    ),
    "contact_degree": (
        r"(f0 f1( f2)?|contact degree|doi tuong|loai f|f|phan loai f|f0|loai doi tuong|dien f|dien)",
        r"(cap do|phan loai|dien|muc do) tiep xuc( .*)?|contact (type|level|class)",
    ),
    "origin": (
        r"origin|nguon goc( ca benh)?|noi mac|import status|imported( or)?( local)?|nguon goc lay nhiem"
        r"|loai lay nhiem",
        r"trong nuoc nhap canh|nhap canh( .*)?|lay nhiem (trong nuoc|cong dong)( .*)?|hinh thuc lay nhiem",
    ),
    "source_known": (
        r"source known|nguon lay( nhiem)?( benh)?|source of infection|infection source|source",
        r"(xac dinh |ro )?nguon lay( .*)?|(tien su|yeu to) tiep xuc|known (source|contact)|link|epi ?link",
    ),
    "disease": (r"benh|ten benh|disease|ten benh truyen nhiem|benh truyen nhiem|icd name",),
}
"""Fields and the patterns of their headers."""
