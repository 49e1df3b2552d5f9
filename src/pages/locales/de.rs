//! Deutsch

use super::{ErrorText, Locale};

pub(super) static LOCALE: Locale = Locale {
    lang: "de",
    dir: "ltr",

    sign_in: "Anmelden",
    choose_provider: "Wie möchten Sie sich anmelden?",
    continue_to: "Danach geht es weiter zu {page}.",
    unreachable: "Antwortet zurzeit nicht",

    signed_out: "Sie sind abgemeldet",
    signed_out_here: "Ihre Anmeldung wurde aus diesem Browser entfernt.",
    still_signed_in_at: "Bei {provider} sind Sie möglicherweise noch angemeldet. Wenn andere dieses Gerät benutzen, melden Sie sich auch dort ab.",

    sign_in_again: "Erneut anmelden",
    start_page: "Zur Startseite",
    reference: "Kennung für Rückfragen: {reference}",
    claim_size: "{claim}: {bytes} Byte",
    open_window: "In neuem Fenster öffnen",
    sign_out: "Abmelden",
    sign_in_in_tab: "In neuem Tab anmelden",
    send_again: "Erneut senden",

    cancelled: ErrorText {
        title: "Anmeldung abgebrochen",
        message: "Die Anmeldung wurde beendet, bevor sie vollständig war. Es hat sich nichts geändert.",
        advice: "Sie können sich erneut anmelden oder ohne Anmeldung weitermachen.",
    },
    interaction_needed: ErrorText {
        title: "Der Anmeldedienst hat eine Frage an Sie",
        message: "Der Anmeldedienst muss Sie zuerst etwas fragen und konnte das hier nicht tun.",
        advice: "Melden Sie sich direkt beim Dienst an und kommen Sie dann zurück. Wenn das nicht hilft, sagen Sie den Betreibern dieser App Bescheid.",
    },
    access_refused: ErrorText {
        title: "Anmeldung abgelehnt",
        message: "Der Anmeldedienst hat Sie nicht in diese App gelassen.",
        advice: "Versuchen Sie es mit einem anderen Konto. Wenn das nicht hilft, bitten Sie die Betreiber dieser App um Zugang.",
    },
    provider_error: ErrorText {
        title: "Die Anmeldung hat nicht geklappt",
        message: "Der Anmeldedienst meldet eine eigene Störung.",
        advice: "Warten Sie eine Minute und melden Sie sich dann erneut an.",
    },
    unavailable: ErrorText {
        title: "Anmelden ist zurzeit nicht möglich",
        message: "Der Anmeldedienst antwortet im Moment nicht.",
        advice: "Warten Sie eine Minute und melden Sie sich dann erneut an. Alles andere in dieser App funktioniert wie bisher.",
    },
    session_unknown: ErrorText {
        title: "Ihre Anmeldung lässt sich gerade nicht prüfen",
        message: "Diese App kann im Moment nicht feststellen, ob Sie noch angemeldet sind. Sie wurden nicht abgemeldet.",
        advice: "Warten Sie eine Minute und öffnen Sie diese Seite dann erneut.",
    },
    misconfigured: ErrorText {
        title: "Die Anmeldung ist nicht richtig eingerichtet",
        message: "Die Einstellungen dieser App und des Anmeldedienstes passen nicht zusammen. Es liegt nicht an Ihnen.",
        advice: "Sagen Sie den Betreibern dieser App Bescheid; sie finden die Ursache im Protokoll.",
    },
    attempt_missing: ErrorText {
        title: "Diese Anmeldung lässt sich hier nicht abschließen",
        message: "Sie wurde bereits abgeschlossen oder in einem anderen Browser begonnen.",
        advice: "Melden Sie sich erneut an und bleiben Sie bis zum Ende in diesem Browser.",
    },
    no_cookies: ErrorText {
        title: "Ihr Browser merkt sich die Anmeldung nicht",
        message: "Zum Anmelden ist ein Cookie nötig, und Ihr Browser hat das Cookie dieser App nicht zurückgeschickt.",
        advice: "Erlauben Sie Cookies für diese App und melden Sie sich dann in diesem Browser erneut an.",
    },
    attempt_expired: ErrorText {
        title: "Diese Anmeldung hat zu lange gedauert",
        message: "Zwischen Beginn und Ende sind mehr als 15 Minuten vergangen.",
        advice: "Melden Sie sich erneut an.",
    },
    untrusted: ErrorText {
        title: "Dieser Anmeldung ist nicht zu trauen",
        message: "Die Antwort ist keine, die der Anmeldedienst hätte geben dürfen.",
        advice: "Melden Sie sich von dieser App aus erneut an. Wenn Sie einem Link von jemand anderem gefolgt sind, benutzen Sie ihn nicht noch einmal.",
    },
    code_used: ErrorText {
        title: "Die Anmeldung hat nicht geklappt",
        message: "Der Anmeldedienst hat seine eigene Antwort nicht anerkannt; meist wurde sie schon einmal benutzt oder ist zu alt.",
        advice: "Melden Sie sich erneut an.",
    },
    unacceptable: ErrorText {
        title: "Die Anmeldung hat nicht geklappt",
        message: "Der Anmeldedienst hat etwas geschickt, das diese App nicht annehmen darf.",
        advice: "Melden Sie sich erneut an. Wenn es wieder geschieht, sagen Sie den Betreibern dieser App Bescheid; sie finden die Ursache im Protokoll.",
    },
    not_recent: ErrorText {
        title: "Die Anmeldung liegt zu lange zurück",
        message: "Hierfür ist eine frische Anmeldung nötig, und der Anmeldedienst hat Sie nicht noch einmal danach gefragt.",
        advice: "Melden Sie sich beim Dienst selbst ab und dann wieder an. Wenn das nicht hilft, wenden Sie sich an die Betreiber dieser App.",
    },
    other_user: ErrorText {
        title: "Sie haben sich mit einem anderen Konto angemeldet",
        message: "Diese Seite verlangt eine erneute Anmeldung mit dem Konto, das Sie hier verwenden. Es hat sich nichts geändert.",
        advice: "Melden Sie sich erneut an, um fortzufahren, mit dem einen oder dem anderen Konto.",
    },
    not_strong: ErrorText {
        title: "Hierfür ist eine stärkere Anmeldung nötig",
        message: "Sie haben sich angemeldet, aber nicht auf die Weise, die hier verlangt wird, zum Beispiel mit einem zweiten Faktor.",
        advice: "Richten Sie diese Weise beim Anmeldedienst ein und melden Sie sich dann erneut an. Wenn das nicht hilft, fragen Sie die Betreiber dieser App.",
    },
    too_large: ErrorText {
        title: "Über Sie ist zu viel bekannt",
        message: "Ihr Konto bringt mehr Angaben mit, als ein Browser speichern kann. Die größten sind:",
        advice: "Sagen Sie den Betreibern dieser App Bescheid; sie können wählen, was gespeichert wird.",
    },
    unknown_provider: ErrorText {
        title: "Diese Art der Anmeldung gibt es nicht",
        message: "Diese App bietet diese Art der Anmeldung nicht oder nicht mehr an.",
        advice: "Gehen Sie zur Startseite und melden Sie sich dort an.",
    },
    not_allowed: ErrorText {
        title: "Sie dürfen diese App nicht benutzen",
        message: "Die Anmeldung ist gelungen, aber diese App steht Ihrem Konto nicht offen.",
        advice: "Versuchen Sie es mit einem anderen Konto, oder bitten Sie die Betreiber dieser App um Zugang.",
    },
    groups_undecided: ErrorText {
        title: "Ihr Zugang konnte nicht geprüft werden",
        message: "Sie haben sich angemeldet, aber der Dienst, der Ihre Gruppen kennt, hat nicht richtig geantwortet. Daher kann diese App nicht feststellen, ob sie Ihnen offensteht.",
        advice: "Warten Sie eine Minute und melden Sie sich dann erneut an. Wenn es wieder geschieht, sagen Sie den Betreibern dieser App Bescheid; sie finden die Ursache im Protokoll.",
    },
    forbidden: ErrorText {
        title: "Sie dürfen diese Seite nicht sehen",
        message: "Sie sind angemeldet, aber Ihr Konto hat keinen Zugang zu dieser Seite.",
        advice: "Bitten Sie die Betreiber dieser App um Zugang, oder melden Sie sich mit einem anderen Konto an.",
    },
    not_a_page: ErrorText {
        title: "Zum Anmelden braucht es ein eigenes Fenster",
        message: "Innerhalb einer anderen Seite funktioniert es nicht.",
        advice: "Öffnen Sie diese App in einem eigenen Fenster oder Tab und melden Sie sich dort an.",
    },
    clocks_differ: ErrorText {
        title: "Die Anmeldung hat nicht geklappt",
        message: "Die Uhren der Server dieser App gehen verschieden, deshalb nimmt der eine nicht an, was der andere begonnen hat.",
        advice: "Warten Sie eine Minute und melden Sie sich dann erneut an. Wenn es wieder geschieht, sagen Sie den Betreibern dieser App Bescheid.",
    },
    provider_changed: ErrorText {
        title: "Diese Anmeldung lässt sich hier nicht abschließen",
        message: "Die Einstellungen des Anmeldedienstes wurden geändert, während Sie sich angemeldet haben.",
        advice: "Melden Sie sich erneut an.",
    },
    app_error: ErrorText {
        title: "Die Anmeldung hat nicht geklappt",
        message: "Sie haben sich angemeldet, aber diese App hatte selbst ein Problem und konnte Sie nicht einlassen.",
        advice: "Warten Sie eine Minute und melden Sie sich dann erneut an. Wenn es wieder geschieht, sagen Sie den Betreibern dieser App Bescheid; sie finden die Ursache im Protokoll.",
    },
    other_origin: ErrorText {
        title: "Es wurde nichts getan",
        message: "Eine andere Website wollte hier etwas in Ihrem Namen tun. Das wurde abgelehnt.",
        advice: "Wenn Sie es selbst wollten, tun Sie es auf einer Seite dieser App.",
    },
    held_form: ErrorText {
        title: "Melden Sie sich an, um das Formular zu senden",
        message: "Hierfür ist zuerst eine Anmeldung nötig, daher wurde nichts geändert. Ihre Eingaben bleiben auf dieser Seite erhalten.",
        advice: "Melden Sie sich in einem neuen Tab an, schließen Sie ihn und senden Sie das Formular dann hier ab. Lassen Sie diese Seite so lange offen.",
    },
    confirm_logout: ErrorText {
        title: "Möchten Sie sich abmelden?",
        message: "Eine andere Website hat diese Adresse geöffnet. Bisher wurde nichts getan.",
        advice: "Wenn Sie sich abmelden möchten, tun Sie es hier. Andernfalls gehen Sie zur Startseite; Sie bleiben angemeldet.",
    },
};
