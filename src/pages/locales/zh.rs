//! 中文（简体）

use super::{ErrorText, Locale};

pub(super) static LOCALE: Locale = Locale {
    lang: "zh-Hans",
    dir: "ltr",

    sign_in: "登录",
    choose_provider: "请选择登录方式。",
    continue_to: "登录后将前往 {page}。",
    unreachable: "目前没有响应",

    signed_out: "您已退出登录",
    signed_out_here: "您的登录信息已从此浏览器中移除。",
    still_signed_in_at: "您在 {provider} 可能仍处于登录状态。如果还有其他人使用这台设备，请在那里也退出登录。",

    sign_in_again: "重新登录",
    start_page: "前往首页",
    reference: "问题编号（联系支持时请提供）：{reference}",
    claim_size: "{claim}：{bytes} 字节",
    open_window: "在新窗口中打开",
    sign_out: "退出登录",
    sign_in_in_tab: "在新标签页中登录",
    send_again: "重新提交",

    cancelled: ErrorText {
        title: "登录已取消",
        message: "登录在完成之前已中止，因此没有任何更改。",
        advice: "您可以重新登录，也可以不登录继续使用。",
    },
    interaction_needed: ErrorText {
        title: "登录服务需要您先确认",
        message: "登录服务需要先向您确认一些事项，但在这里无法进行。",
        advice: "请先直接登录该服务，然后再回到这里。如果仍然不行，请告知此应用的管理人员。",
    },
    access_refused: ErrorText {
        title: "登录被拒绝",
        message: "登录服务不允许您进入此应用。",
        advice: "请换一个账号试试。如果仍然不行，请向此应用的管理人员申请访问权限。",
    },
    provider_error: ErrorText {
        title: "登录未成功",
        message: "登录服务报告其自身出现问题。",
        advice: "请稍等一分钟，然后重新登录。",
    },
    unavailable: ErrorText {
        title: "暂时无法登录",
        message: "登录服务目前没有响应。",
        advice: "请稍等一分钟，然后重新登录。此应用的其他功能不受影响。",
    },
    session_unknown: ErrorText {
        title: "暂时无法确认您的登录状态",
        message: "此应用目前无法确认您是否仍处于登录状态。您并未被登出。",
        advice: "请稍等一分钟，然后重新打开此页面。",
    },
    misconfigured: ErrorText {
        title: "登录功能配置有误",
        message: "此应用与登录服务的设置不一致。这不是您的操作造成的。",
        advice: "请告知此应用的管理人员，他们可以在日志中找到原因。",
    },
    attempt_missing: ErrorText {
        title: "无法在此完成这次登录",
        message: "这次登录已经完成过，或者是在另一个浏览器中开始的。",
        advice: "请重新登录，并在完成之前一直使用当前浏览器。",
    },
    no_cookies: ErrorText {
        title: "您的浏览器没有保存登录信息",
        message: "登录需要使用 Cookie，但您的浏览器没有把此应用设置的 Cookie 发送回来。",
        advice: "请允许此应用使用 Cookie，然后在当前浏览器中重新登录。",
    },
    attempt_expired: ErrorText {
        title: "登录用时过长",
        message: "从开始到结束已超过 15 分钟。",
        advice: "请重新登录。",
    },
    untrusted: ErrorText {
        title: "这次登录不可信",
        message: "收到的答复不是登录服务应有的答复。",
        advice: "请从此应用重新登录。如果您是通过他人发来的链接到达这里的，请不要再使用该链接。",
    },
    code_used: ErrorText {
        title: "登录未成功",
        message: "登录服务没有接受它自己的答复，很可能是因为该答复已被使用过或已过期。",
        advice: "请重新登录。",
    },
    unacceptable: ErrorText {
        title: "登录未成功",
        message: "登录服务发来了此应用不能接受的内容。",
        advice: "请重新登录。如果再次出现，请告知此应用的管理人员，他们可以在日志中找到原因。",
    },
    not_recent: ErrorText {
        title: "登录时间过久",
        message: "此处需要最近的登录，但登录服务没有要求您重新登录。",
        advice: "请先在登录服务处退出，再重新登录。如果仍然不行，请告知此应用的管理人员。",
    },
    other_user: ErrorText {
        title: "您使用了另一个账号登录",
        message: "此页面要求您用当前使用的账号重新登录。一切都没有改变。",
        advice: "请重新登录以继续，使用任一账号均可。",
    },
    not_strong: ErrorText {
        title: "此处需要更安全的登录方式",
        message: "您已登录，但不是此处要求的方式，例如使用第二重验证。",
        advice: "请在登录服务处设置这种方式，然后重新登录。如果仍然不行，请咨询此应用的管理人员。",
    },
    too_large: ErrorText {
        title: "您的账号信息过多",
        message: "您的账号所带的信息超出了浏览器能够保存的范围。其中最大的部分是：",
        advice: "请告知此应用的管理人员，他们可以选择保留哪些信息。",
    },
    unknown_provider: ErrorText {
        title: "没有这种登录方式",
        message: "此应用不提供这种登录方式，或者已不再提供。",
        advice: "请前往首页，从那里登录。",
    },
    not_allowed: ErrorText {
        title: "您不能使用此应用",
        message: "您已通过登录验证，但此应用不对您的账号开放。",
        advice: "请换一个账号试试，或者向此应用的管理人员申请访问权限。",
    },
    groups_undecided: ErrorText {
        title: "无法核实您的访问权限",
        message: "您已登录，但管理您所属群组的服务没有正常响应，因此此应用无法判断您是否有权使用。",
        advice: "请稍等一分钟，然后重新登录。如果再次出现，请告知此应用的管理人员，他们可以在日志中找到原因。",
    },
    forbidden: ErrorText {
        title: "您无权查看此页面",
        message: "您已登录，但您的账号没有查看此页面的权限。",
        advice: "请向此应用的管理人员申请访问权限，或者使用其他账号登录。",
    },
    not_a_page: ErrorText {
        title: "登录需要在单独的窗口中进行",
        message: "嵌在其他页面里时无法登录。",
        advice: "请在单独的窗口或标签页中打开此应用，然后在那里登录。",
    },
    clocks_differ: ErrorText {
        title: "登录未成功",
        message: "此应用的各台服务器时钟不一致，其中一台无法接受另一台开始的登录。",
        advice: "请稍等一分钟，然后重新登录。如果再次出现，请告知此应用的管理人员。",
    },
    provider_changed: ErrorText {
        title: "此次登录无法在这里完成",
        message: "在您登录期间，登录服务的设置被更改了。",
        advice: "请重新登录。",
    },
    app_error: ErrorText {
        title: "登录未成功",
        message: "您已通过登录，但此应用自身出现问题，未能让您进入。",
        advice: "请稍等一分钟，然后重新登录。如果再次出现，请告知此应用的管理人员，他们可以在日志中找到原因。",
    },
    other_origin: ErrorText {
        title: "未执行任何操作",
        message: "另一个网站试图以您的名义在此进行操作，因此已被拒绝。",
        advice: "如果这是您本人的意愿，请在此应用的页面上操作。",
    },
    held_form: ErrorText {
        title: "请登录后再提交此表单",
        message: "此操作需要先登录，因此尚未更改任何内容。您填写的内容保留在此页面上。",
        advice: "请在新标签页中登录，关闭该标签页，然后在此处提交表单。在此之前请勿关闭此页面。",
    },
    confirm_logout: ErrorText {
        title: "要退出登录吗？",
        message: "另一个网站打开了此地址，目前尚未执行任何操作。",
        advice: "如果您想退出登录，请在此确认；否则请前往首页，您将保持登录状态。",
    },
};
