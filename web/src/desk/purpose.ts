/** Why addresses and exact points are read: kept for the session in a cookie that goes with every request. */
import type { Language } from "../state.ts";
import { el } from "../panels/dom.ts";

const COOKIE = "geozone-purpose";
const LONGEST_WORDS = 200;

/** The list of the service, `geozone.access.purposes`. */
const PURPOSES: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  investigation: { vi: "Điều tra dịch tễ, truy vết", en: "Epidemiological investigation, contact tracing" },
  "address-review": { vi: "Rà soát, định vị địa chỉ", en: "Reviewing and placing addresses" },
  zoning: { vi: "Khoanh vùng, đánh giá cấp độ dịch", en: "Drawing zones, assessing levels" },
  care: { vi: "Chăm sóc, hỗ trợ người bệnh", en: "Care and support of patients" },
  "data-quality": { vi: "Kiểm tra, sửa dữ liệu", en: "Checking and mending data" },
  inspection: { vi: "Thanh tra, kiểm tra theo pháp luật", en: "Inspection as the law asks" },
  other: { vi: "Mục đích khác, có ghi rõ", en: "Another purpose, in words" },
};
const TEXT: Readonly<Record<Language, { why: string; none: string; words: string }>> = {
  vi: { why: "Mục đích xem danh tính", none: "Chưa chọn", words: "Ghi rõ (được lưu vào nhật ký)" },
  en: { why: "Why identifiers are read", none: "Not told", words: "In words (kept in the audit)" },
};

/** What is kept now: a purpose, and words of one's own. */
function told(): [string, string] {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${COOKIE}=`));
  const [code = "", words = ""] = decodeURIComponent(found?.slice(COOKIE.length + 1) ?? "").split("; ");
  return code in PURPOSES ? [code, words] : ["", ""];
}

function keep(code: string, words: string): void {
  const held = code === "" ? "; Max-Age=0" : "";
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const value = encodeURIComponent(words ? `${code}; ${words}` : code);
  document.cookie = `${COOKIE}=${value}; Path=/; SameSite=Strict${secure}${held}`;
}

/** A field for the purpose; `changed` is called when another one is kept. */
export function purposeField(language: Language, changed: () => void): HTMLElement {
  const [code, words] = told();
  const text = TEXT[language];
  const option = (value: string, name: string): HTMLElement => el("option", { value, selected: value === code }, name);
  const choice = el(
    "select",
    { id: "desk-purpose" },
    option("", text.none),
    ...Object.entries(PURPOSES).map(([value, names]) => option(value, names[language])),
  ) as HTMLSelectElement;
  const own = el("input", { id: "desk-purpose-words", maxlength: LONGEST_WORDS, value: words, "aria-label": text.words, placeholder: text.words });
  const update = (): void => {
    const said = (own as HTMLInputElement).value.trim().replace(/\s+/g, " ");
    if (choice.value === "other" && !said) {
      own.focus();
      return;
    }
    keep(choice.value, said);
    changed();
  };
  choice.addEventListener("change", update);
  own.addEventListener("change", update);
  return el("div", { class: "desk-purpose" }, el("label", { class: "field stacked" }, el("span", {}, text.why), choice), own);
}
