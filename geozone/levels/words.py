"""The phrases that explanations are made of, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from geozone.levels.numbers import Language
from geozone.rules import Text

__all__ = ["CAUSES", "NO_DATA", "WORDS"]

WORDS: Mapping[Language, Mapping[str, str]] = {
    "vi": {
        "at": "ở {level}",
        "at_least": "tối thiểu ở {level}",
        "overridden": "{unit} được quyết định ở {level}{decision}: {reason}",
        "decision": " theo {number}",
        "computed": "Tính theo quy tắc, {why}",
        "count": "{days} ngày qua có {count} {noun}",
        "none": "{days} ngày qua không có {noun}",
        "between": "{days} ngày qua có từ {low} đến {high} {noun} ({cause})",
        "about": "{days} ngày qua có khoảng {count} {noun} (từ {low} đến {high}: {cause})",
        "rate": ", bằng {value} {unit}",
        "rounded": ", làm tròn {value}",
        "band": " ({range}: {name})",
        "from_to": "từ {start} đến dưới {end}",
        "below": "dưới {end}",
        "from": "từ {start} trở lên",
        "value": "{name} là {value}",
        "met": "đã đạt {name}",
        "not_met": "chưa đạt {name}",
        "unknown": "chưa có số liệu {name}",
        "never": "chưa ghi nhận {noun}",
        "since": "đã {days} ngày không có {noun}",
        "clause": "Lý do: {text}",
        "table": "{text}: {level}",
        "possible": "Có thể đến {level} vì {reasons}",
        "lacking": "{reason} là {names}",
        "range": "phần văn bản đã xác nhận chỉ cho biết cấp nằm trong khoảng này",
        "gap": "{cause} nên chưa xét được điều kiện {texts}",
        "skipped": "Chưa xét vì không có số liệu: {texts}",
        "previous": "Lần trước ở {level}",
        "unverified": "Chưa kiểm chứng: kết quả dùng giá trị chưa đối chiếu với văn bản gốc",
        "small": "Đơn vị chỉ có {people} dân nên tỷ lệ dao động mạnh theo từng ca",
        "parts": "Chỉ {known}/{total} xã, phường có số liệu dân số; tỷ lệ tính trên các xã, phường đó",
        "shared": "Trong đó có {count} ca chưa rõ thuộc xã, phường nào, chia theo khả năng",
        "community": "Riêng ca cộng đồng: {count} ca, {value} {unit}",
        "no_data": "{unit} chưa xếp được mức: {reason}",
        "lower": "Hạ xuống {level} nếu {ways}",
        "or": "; hoặc ",
        "cases_way": "số {noun} trong {days} ngày không quá {amount} (hiện {count})",
        "no_cases_way": "không còn {noun} trong {days} ngày (hiện {count})",
        "coverage_way": "tiêm cho thêm ít nhất {amount} người để {name} đạt {threshold} %",
        "yes_way": "đạt {name}",
        "no_way": "không còn {name}",
        "up_way": "{name} đạt từ {threshold} trở lên",
        "down_way": "{name} xuống dưới {threshold}",
        "neighbours_way": "các đơn vị giáp ranh được hạ mức",
        "children_way": "các đơn vị cấp dưới được hạ mức",
        "together_way": "nhiều tiêu chí cùng được cải thiện",
        "when": "Nếu không có ca mới và các số liệu khác giữ nguyên, sớm nhất là ngày {day}{to}",
        "to": " (xuống thẳng {level})",
        "not_alone": "Chỉ riêng việc không có ca mới thì chưa đủ để hạ mức",
    },
    "en": {
        "at": "is at {level}",
        "at_least": "is at {level} at least",
        "overridden": "{unit} is set at {level}{decision}: {reason}",
        "decision": " by {number}",
        "computed": "By the rules, {why}",
        "count": "{count} {noun} in the past {days} days",
        "none": "no {noun} in the past {days} days",
        "between": "between {low} and {high} {noun} in the past {days} days ({cause})",
        "about": "about {count} {noun} in the past {days} days ({low} to {high}: {cause})",
        "rate": ", or {value} {unit}",
        "rounded": ", rounded to {value}",
        "band": " ({range}: {name})",
        "from_to": "from {start} to below {end}",
        "below": "below {end}",
        "from": "{start} or more",
        "value": "{name}: {value}",
        "met": "{name} is met",
        "not_met": "{name} is not met",
        "unknown": "no figure for {name}",
        "never": "no {noun} on record",
        "since": "{days} days without {noun}",
        "clause": "Reason: {text}",
        "table": "{text}: {level}",
        "possible": "It may be as high as {level}, because {reasons}",
        "lacking": "{reason}, namely {names}",
        "range": "the confirmed part of the text tells no more than this range",
        "gap": "{cause}, so this cannot be tested: {texts}",
        "skipped": "Not assessed, for want of data: {texts}",
        "previous": "It was at {level} before",
        "unverified": "Unverified: the result uses a value that was not checked against the legal text",
        "small": "The unit has only {people} people, so the rate swings with every case",
        "parts": "Population is known for {known} of {total} communes; the rate is over those",
        "shared": "Of these, {count} are shared out by likelihood: their commune is not certain",
        "community": "Community cases alone: {count}, {value} {unit}",
        "no_data": "{unit} cannot be given a level: {reason}",
        "lower": "It goes down to {level} if {ways}",
        "or": "; or ",
        "cases_way": "there are at most {amount} {noun} in {days} days (now {count})",
        "no_cases_way": "there are no {noun} in {days} days (now {count})",
        "coverage_way": "at least {amount} more people are vaccinated, so that {name} reach {threshold} %",
        "yes_way": "{name} is met",
        "no_way": "{name} is over",
        "up_way": "{name} reaches {threshold}",
        "down_way": "{name} falls below {threshold}",
        "neighbours_way": "the levels of its neighbours go down",
        "children_way": "the levels of the units below go down",
        "together_way": "several criteria improve together",
        "when": "Without a new case and with all else unchanged, {day} at the earliest{to}",
        "to": " (straight to {level})",
        "not_alone": "No new case would not be enough by itself",
    },
}

CAUSES: Mapping[str, Text] = {
    "source": Text(
        "danh sách ca chưa ghi nguồn lây", "the line list does not record the source of infection"
    ),
    "field": Text("danh sách ca chưa ghi đủ thông tin", "the line list does not record enough"),
    "place": Text("một số ca chưa rõ thuộc xã, phường nào", "the commune of some cases is not certain"),
    "neighbours": Text(
        "mức của đơn vị giáp ranh chưa chắc chắn", "the levels of its neighbours are not certain"
    ),
    "children": Text(
        "mức của đơn vị cấp dưới chưa chắc chắn", "the levels of the units below are not certain"
    ),
    "value": Text("chưa có số liệu", "there is no figure"),
}
"""Why a condition cannot be tested."""

NO_DATA: Mapping[str, Text] = {
    "not-reporting": Text(
        "địa phương chưa báo cáo ca bệnh, và chưa báo cáo không có nghĩa là không có ca",
        "the area has not reported, and no report is not no case",
    ),
    "population": Text("dân số chưa rõ hoặc bằng 0", "its population is unknown or zero"),
    "input": Text("thiếu số liệu bắt buộc của quy tắc", "a figure that the rule needs is missing"),
    "unconfirmed": Text(
        "phần này của văn bản chưa được xác nhận", "this part of the legal text is not confirmed"
    ),
    "children": Text("các đơn vị cấp dưới đều chưa xếp được mức", "none of the units below has a level"),
}
"""Why a unit has no level."""
