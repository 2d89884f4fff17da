/** Words of the desk; loaded with it, so that those who only read releases never load them. */
import type { Language } from "../state.ts";
import type { Parameter, Step } from "./client.ts";

export interface DeskText {
  title: string;
  tabs: Readonly<Record<"what-if" | "review" | "drafts", string>>;
  signIn: string;
  signInHelp: string;
  token: string;
  enter: string;
  signedInAs: (name: string) => string;
  signOut: string;
  wrongToken: string;
  notAllowed: string;
  drawing: string;
  failed: string;
  retry: string;
  onDraft: (day: string) => string;
  parameter: Readonly<Record<Parameter, string>>;
  days: (count: string) => string;
  narrow: string;
  cautious: string;
  none: string;
  byRules: (value: string) => string;
  reset: string;
  headline: (released: boolean, people: string) => string;
  headlineSame: string;
  headlineUnknown: string;
  compared: string;
  figure: string;
  now: string;
  tried: string;
  difference: string;
  figures: Readonly<Record<string, string>>;
  unknown: string;
  sentences: string;
  leaving: string;
  entering: string;
  levelsChange: (count: string) => string;
  tradeOff: string;
  tradeOffHelp: string;
  radius: string;
  peopleInside: string;
  perCase: string;
  legendTried: string;
  legendBuffer: string;
  legendPossible: string;
  keep: string;
  keepHelp: string;
  kept: string;
  changedMeanwhile: string;
  fourEyes: string;
  noDrafts: string;
  step: Readonly<Record<Step, string>>;
  drawnBy: (name: string, moment: string) => string;
  draftOf: (day: string) => string;
  decisionNumber: string;
  reason: string;
  note: string;
  zones: string;
  inside: string;
  queueCount: (count: string) => string;
  queueEmpty: string;
  keys: string;
  previous: string;
  next: string;
  backToList: string;
  people: (count: string) => string;
  why: string;
  answers: string;
  noAnswers: string;
  choose: string;
  accept: string;
  movePin: string;
  movePinHelp: string;
  putPin: string;
  cancel: string;
  reject: string;
  decided: (people: string) => string;
  undo: string;
  undone: string;
}

const vi: DeskText = {
  title: "Bàn làm việc",
  tabs: { "what-if": "Thử phương án", review: "Rà soát địa chỉ", drafts: "Dự thảo" },
  signIn: "Đăng nhập",
  signInHelp: "Dành cho người phân tích và người phê duyệt. Nhập mã mà máy chủ in ra khi khởi động.",
  token: "Mã truy cập",
  enter: "Vào",
  signedInAs: (name) => `Đang làm việc: ${name}`,
  signOut: "Thoát",
  wrongToken: "Mã không đúng hoặc đã hết hiệu lực.",
  notAllowed: "Vai trò của bạn không dùng được phần này.",
  drawing: "Đang tính toán…",
  failed: "Không thực hiện được",
  retry: "Thử lại",
  onDraft: (day) => `Dự thảo ngày ${day}, chưa ban hành`,
  parameter: {
    radius_m: "Bán kính phong tỏa",
    days: "Số ngày không có ca mới trước khi dỡ bỏ",
    buffer_m: "Bề rộng vùng đệm",
    caution: "Ranh giới theo khối phố",
  },
  days: (count) => `${count} ngày`,
  narrow: "hẹp",
  cautious: "thận trọng",
  none: "không có",
  byRules: (value) => `theo quy định: ${value}`,
  reset: "Trở về theo quy định",
  headline: (released, people) =>
    released ? `${people} người được ra khỏi phong tỏa` : `thêm ${people} người bị phong tỏa`,
  headlineSame: "Số người bị phong tỏa không đổi",
  headlineUnknown: "Chưa rõ số dân nên chưa tính được số người",
  compared: "So với dự thảo hiện nay",
  figure: "Chỉ số",
  now: "Hiện nay",
  tried: "Phương án",
  difference: "Chênh lệch",
  figures: {
    certain_residents: "Người trong khu phong tỏa",
    certain_zones: "Khu phong tỏa",
    certain_area_km2: "Diện tích phong tỏa (km²)",
    buffer_residents: "Người trong vùng đệm",
    possible_residents: "Người trong khu có thể phải phong tỏa",
    communes: "Xã, phường có khu phong tỏa",
    facilities: "Cơ sở bên trong",
    checkpoints: "Chốt kiểm soát",
    cases: "Ca nằm trong khu",
  },
  unknown: "chưa rõ",
  sentences: "Diễn giải",
  leaving: "Xã, phường không còn khu phong tỏa",
  entering: "Xã, phường có thêm khu phong tỏa",
  levelsChange: (count) => `${count} xã, phường đổi cấp độ dịch`,
  tradeOff: "So sánh nhiều bán kính",
  tradeOffHelp: "Số người bị phong tỏa ứng với mỗi bán kính.",
  radius: "Bán kính",
  peopleInside: "Người trong khu",
  perCase: "Người/ca",
  legendTried: "Ranh giới phong tỏa theo phương án",
  legendBuffer: "Vùng đệm theo phương án",
  legendPossible: "Khu có thể phải phong tỏa",
  keep: "Lưu thành dự thảo",
  keepHelp: "Dự thảo sẽ ghi rõ những giá trị khác quy định. Sau đó trình duyệt ở thẻ Dự thảo.",
  kept: "Đã lưu dự thảo. Trình duyệt ở thẻ Dự thảo.",
  changedMeanwhile: "Dữ liệu vừa thay đổi. Đã tính lại, mời xem rồi lưu lại.",
  fourEyes: "Người lập dự thảo không tự phê duyệt.",
  noDrafts: "Chưa có dự thảo nào.",
  step: { submit: "Trình duyệt", withdraw: "Rút lại", approve: "Phê duyệt", return: "Trả lại", release: "Ban hành" },
  drawnBy: (name, moment) => `${name} lập lúc ${moment}`,
  draftOf: (day) => `Dự thảo ngày ${day}`,
  decisionNumber: "Số quyết định",
  reason: "Lý do",
  note: "Ghi chú",
  zones: "khu phong tỏa",
  inside: "người bên trong",
  queueCount: (count) => `${count} địa chỉ chưa chắc chắn, ảnh hưởng nhiều nhất xếp trước`,
  queueEmpty: "Không còn địa chỉ nào cần rà soát.",
  keys: "Phím: 1–9 chọn, A giữ như đang có, P chuyển ghim, X không dùng được, J/K sau/trước, U hoàn tác.",
  previous: "Trước",
  next: "Sau",
  backToList: "Danh sách",
  people: (count) => `${count} người bệnh`,
  why: "Vì sao chưa chắc chắn",
  answers: "Nơi có thể là",
  noAnswers: "Chưa biết nơi nào phù hợp: hãy đặt ghim hoặc ghi là không dùng được.",
  choose: "Chọn",
  accept: "Giữ như đang có",
  movePin: "Đặt ghim trên bản đồ",
  movePinHelp: "Bấm vào bản đồ hoặc kéo ghim đến đúng nhà, rồi bấm Lưu ghim.",
  putPin: "Lưu ghim",
  cancel: "Thôi",
  reject: "Không dùng được",
  decided: (people) => `Đã ghi cho ${people} người bệnh.`,
  undo: "Hoàn tác",
  undone: "Đã hoàn tác.",
};

const en: DeskText = {
  title: "Desk",
  tabs: { "what-if": "What if", review: "Review addresses", drafts: "Drafts" },
  signIn: "Sign in",
  signInHelp: "For analysts and approvers. Enter the token that the service printed when it started.",
  token: "Access token",
  enter: "Enter",
  signedInAs: (name) => `At work: ${name}`,
  signOut: "Leave",
  wrongToken: "The token is wrong or no longer valid.",
  notAllowed: "Your role cannot use this part.",
  drawing: "Working…",
  failed: "That did not work",
  retry: "Try again",
  onDraft: (day) => `Draft of ${day}, not in force`,
  parameter: {
    radius_m: "Containment radius",
    days: "Days without a new case before lifting",
    buffer_m: "Width of the buffer zone",
    caution: "Perimeter along blocks",
  },
  days: (count) => `${count} days`,
  narrow: "narrow",
  cautious: "cautious",
  none: "none",
  byRules: (value) => `by the rules: ${value}`,
  reset: "Back to the rules",
  headline: (released, people) =>
    released ? `${people} people leave lockdown` : `${people} more people locked down`,
  headlineSame: "As many people locked down as now",
  headlineUnknown: "Residents are not known, so people cannot be counted",
  compared: "Against the draft of now",
  figure: "Figure",
  now: "Now",
  tried: "What if",
  difference: "Difference",
  figures: {
    certain_residents: "People in containment zones",
    certain_zones: "Containment zones",
    certain_area_km2: "Area locked down (km²)",
    buffer_residents: "People in buffer zones",
    possible_residents: "People in possible zones",
    communes: "Communes with a zone",
    facilities: "Facilities inside",
    checkpoints: "Checkpoints",
    cases: "Cases covered",
  },
  unknown: "unknown",
  sentences: "In words",
  leaving: "Communes that no zone would touch any more",
  entering: "Communes that a zone would touch",
  levelsChange: (count) => `${count} communes would change level`,
  tradeOff: "Compare several radii",
  tradeOffHelp: "People locked down for each radius.",
  radius: "Radius",
  peopleInside: "People inside",
  perCase: "Per case",
  legendTried: "Containment perimeter of the what-if",
  legendBuffer: "Buffer zone of the what-if",
  legendPossible: "Possible zones",
  keep: "Save as a draft",
  keepHelp: "The draft will name each value that is not the rule's. Submit it under Drafts.",
  kept: "The draft is saved. Submit it under Drafts.",
  changedMeanwhile: "The data just changed. It was computed again: look, then save again.",
  fourEyes: "Who drew a draft does not approve it.",
  noDrafts: "There is no draft yet.",
  step: { submit: "Submit", withdraw: "Withdraw", approve: "Approve", return: "Send back", release: "Put in force" },
  drawnBy: (name, moment) => `drawn by ${name}, ${moment}`,
  draftOf: (day) => `Draft of ${day}`,
  decisionNumber: "Decision number",
  reason: "Reason",
  note: "Note",
  zones: "containment zones",
  inside: "people inside",
  queueCount: (count) => `${count} doubtful addresses, those that decide most first`,
  queueEmpty: "No address is left to review.",
  keys: "Keys: 1–9 choose, A keep as it is, P move the pin, X cannot be used, J/K next/previous, U undo.",
  previous: "Previous",
  next: "Next",
  backToList: "List",
  people: (count) => `${count} patients`,
  why: "Why it is doubtful",
  answers: "Where it may be",
  noAnswers: "No place is known to fit: put a pin, or say that it cannot be used.",
  choose: "Choose",
  accept: "Keep as it is",
  movePin: "Put a pin on the map",
  movePinHelp: "Click the map or drag the pin to the house, then save the pin.",
  putPin: "Save the pin",
  cancel: "Cancel",
  reject: "Cannot be used",
  decided: (people) => `Recorded for ${people} patients.`,
  undo: "Undo",
  undone: "Undone.",
};

export function deskText(language: Language): DeskText {
  return language === "vi" ? vi : en;
}
