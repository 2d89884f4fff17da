/** The words of signing in. */
import type { Refusal, Role } from "./session.ts";

export interface LoginWords {
  signIn: string;
  signOut: string;
  account: string;
  name: string;
  password: string;
  oldPassword: string;
  newPassword: string;
  again: string;
  differs: string;
  passwordHelp: string;
  mustChange: string;
  change: string;
  close: string;
  signedInAs: (name: string, role: string) => string;
  areas: (codes: string) => string;
  everywhere: string;
  roles: Readonly<Record<Role, string>>;
  byIssuer: string;
  backRefused: string;
  backUnknown: string;
  refusals: Readonly<Record<Refusal, string>>;
}

const vi: LoginWords = {
  signIn: "Đăng nhập",
  signOut: "Đăng xuất",
  account: "Tài khoản",
  name: "Tên tài khoản",
  password: "Mật khẩu",
  oldPassword: "Mật khẩu hiện tại",
  newPassword: "Mật khẩu mới",
  again: "Nhập lại mật khẩu mới",
  differs: "Hai lần nhập mật khẩu mới không giống nhau.",
  passwordHelp: "Từ 12 ký tự trở lên, không chứa tên tài khoản.",
  mustChange: "Đây là mật khẩu dùng một lần. Hãy đặt mật khẩu của riêng mình để tiếp tục.",
  change: "Đổi mật khẩu",
  close: "Đóng",
  signedInAs: (name, role) => `${name} — ${role}`,
  areas: (codes) => `Phạm vi: ${codes}`,
  everywhere: "Phạm vi: toàn bộ địa bàn",
  roles: { viewer: "Người xem", analyst: "Cán bộ phân tích", approver: "Người phê duyệt", admin: "Quản trị viên" },
  byIssuer: "Đăng nhập bằng tài khoản của cơ quan",
  backRefused: "Đăng nhập bằng tài khoản của cơ quan không thành công. Hãy thử lại.",
  backUnknown: "Tài khoản này của cơ quan chưa được cấp quyền trong hệ thống. Hãy liên hệ quản trị viên.",
  refusals: {
    wrong: "Tên tài khoản hoặc mật khẩu không đúng.",
    locked: "Tài khoản tạm khóa vì nhập sai mật khẩu nhiều lần. Hãy thử lại sau.",
    often: "Thử quá nhiều lần. Hãy chờ một lát.",
    weak: "Mật khẩu mới chưa đạt: cần từ 12 ký tự trở lên, không chứa tên tài khoản, khác mật khẩu cũ.",
    lost: "Không kết nối được với máy chủ.",
  },
};

const en: LoginWords = {
  signIn: "Sign in",
  signOut: "Sign out",
  account: "Account",
  name: "Account name",
  password: "Password",
  oldPassword: "Current password",
  newPassword: "New password",
  again: "New password again",
  differs: "The two new passwords differ.",
  passwordHelp: "12 characters or more, without the account name.",
  mustChange: "This is a one-time password. Choose one of your own to go on.",
  change: "Change password",
  close: "Close",
  signedInAs: (name, role) => `${name} — ${role}`,
  areas: (codes) => `Area: ${codes}`,
  everywhere: "Area: everywhere",
  roles: { viewer: "Viewer", analyst: "Analyst", approver: "Approver", admin: "Administrator" },
  byIssuer: "Sign in with the account of your organisation",
  backRefused: "Signing in with the account of your organisation did not work. Try again.",
  backUnknown: "This account of your organisation has not been given access here. Ask the administrator.",
  refusals: {
    wrong: "Account name or password is wrong.",
    locked: "The account is locked for a while after too many wrong passwords. Try again later.",
    often: "Too many tries. Wait a little.",
    weak: "The new password will not do: 12 characters or more, without the account name, not the old one.",
    lost: "The service cannot be reached.",
  },
};

export function loginWords(language: string): LoginWords {
  return language === "en" ? en : vi;
}
