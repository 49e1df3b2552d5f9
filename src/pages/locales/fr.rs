//! Français

use super::{ErrorText, Locale};

pub(super) static LOCALE: Locale = Locale {
    lang: "fr",
    dir: "ltr",

    sign_in: "Se connecter",
    choose_provider: "Choisissez comment vous connecter.",
    continue_to: "Vous continuerez ensuite vers {page}.",
    unreachable: "Ne répond pas pour le moment",

    signed_out: "Déconnexion effectuée",
    signed_out_here: "Votre connexion a été effacée de ce navigateur.",
    still_signed_in_at: "Votre session chez {provider} est peut-être encore ouverte. Si d’autres personnes utilisent cet appareil, fermez-la aussi là-bas.",

    sign_in_again: "Se reconnecter",
    start_page: "Aller à la page d’accueil",
    reference: "Référence pour l’assistance\u{a0}: {reference}",
    claim_size: "{claim}\u{a0}: {bytes}\u{a0}octets",
    open_window: "Ouvrir dans une nouvelle fenêtre",
    sign_out: "Se déconnecter",
    sign_in_in_tab: "Se connecter dans un nouvel onglet",
    send_again: "Envoyer à nouveau",

    cancelled: ErrorText {
        title: "Connexion annulée",
        message: "La connexion a été interrompue avant la fin\u{a0}; rien n’a changé.",
        advice: "Vous pouvez vous reconnecter ou continuer sans connexion.",
    },
    interaction_needed: ErrorText {
        title: "Le service de connexion doit vous poser une question",
        message: "Le service de connexion doit d’abord vous demander quelque chose, et il n’a pas pu le faire ici.",
        advice: "Connectez-vous directement auprès du service, puis revenez ici. Si cela ne suffit pas, prévenez les responsables de cette application.",
    },
    access_refused: ErrorText {
        title: "Connexion refusée",
        message: "Le service de connexion ne vous a pas laissé entrer dans cette application.",
        advice: "Essayez un autre compte. Si cela ne suffit pas, demandez l’accès aux responsables de cette application.",
    },
    provider_error: ErrorText {
        title: "La connexion a échoué",
        message: "Le service de connexion signale un problème de son côté.",
        advice: "Attendez une minute, puis reconnectez-vous.",
    },
    unavailable: ErrorText {
        title: "Connexion indisponible",
        message: "Le service de connexion ne répond pas pour le moment.",
        advice: "Attendez une minute, puis reconnectez-vous. Tout le reste de cette application fonctionne normalement.",
    },
    session_unknown: ErrorText {
        title: "Vérification de votre connexion impossible",
        message: "Cette application ne peut pas vérifier pour le moment si vous êtes toujours connecté. Vous n’avez pas été déconnecté.",
        advice: "Attendez une minute, puis ouvrez de nouveau cette page.",
    },
    misconfigured: ErrorText {
        title: "La connexion est mal configurée",
        message: "Les réglages de cette application et du service de connexion ne concordent pas. Vous n’y êtes pour rien.",
        advice: "Prévenez les responsables de cette application\u{a0}; ils trouveront la cause dans son journal.",
    },
    attempt_missing: ErrorText {
        title: "Cette connexion ne peut pas être terminée ici",
        message: "Elle a déjà été terminée, ou elle a été commencée dans un autre navigateur.",
        advice: "Reconnectez-vous et restez dans ce navigateur jusqu’à la fin.",
    },
    no_cookies: ErrorText {
        title: "Votre navigateur ne conserve pas la connexion",
        message: "La connexion nécessite un cookie, et votre navigateur n’a pas renvoyé celui de cette application.",
        advice: "Autorisez les cookies pour cette application, puis reconnectez-vous dans ce navigateur.",
    },
    attempt_expired: ErrorText {
        title: "Cette connexion a pris trop de temps",
        message: "Plus de 15\u{a0}minutes se sont écoulées entre le début et la fin.",
        advice: "Reconnectez-vous.",
    },
    untrusted: ErrorText {
        title: "Cette connexion n’est pas fiable",
        message: "La réponse n’est pas celle que le service de connexion aurait dû donner.",
        advice: "Reconnectez-vous depuis cette application. Si vous avez suivi un lien envoyé par quelqu’un, ne l’utilisez plus.",
    },
    code_used: ErrorText {
        title: "La connexion a échoué",
        message: "Le service de connexion n’a pas accepté sa propre réponse, sans doute parce qu’elle a déjà servi ou qu’elle est trop ancienne.",
        advice: "Reconnectez-vous.",
    },
    unacceptable: ErrorText {
        title: "La connexion a échoué",
        message: "Le service de connexion a envoyé quelque chose que cette application ne doit pas accepter.",
        advice: "Reconnectez-vous. Si cela se reproduit, prévenez les responsables de cette application\u{a0}; ils trouveront la cause dans son journal.",
    },
    not_recent: ErrorText {
        title: "La connexion n’est pas assez récente",
        message: "Une connexion récente est nécessaire ici, et le service de connexion ne vous a pas demandé de vous identifier à nouveau.",
        advice: "Déconnectez-vous du service lui-même, puis reconnectez-vous. Si cela ne suffit pas, prévenez les responsables de cette application.",
    },
    other_user: ErrorText {
        title: "Vous vous êtes connecté avec un autre compte",
        message: "Cette page demande de vous reconnecter avec le compte que vous utilisez ici. Rien n’a changé.",
        advice: "Reconnectez-vous pour continuer, avec l’un ou l’autre compte.",
    },
    not_strong: ErrorText {
        title: "Une connexion plus sûre est nécessaire",
        message: "Vous vous êtes connecté, mais pas de la manière exigée ici, par exemple avec un second facteur.",
        advice: "Configurez cette manière auprès du service de connexion, puis reconnectez-vous. Si cela ne suffit pas, demandez aux responsables de cette application.",
    },
    too_large: ErrorText {
        title: "Trop d’informations à votre sujet",
        message: "Votre compte contient plus d’informations qu’un navigateur ne peut en conserver. Les plus volumineuses sont\u{a0}:",
        advice: "Prévenez les responsables de cette application\u{a0}; ils peuvent choisir ce qui est conservé.",
    },
    unknown_provider: ErrorText {
        title: "Ce mode de connexion n’existe pas",
        message: "Cette application ne propose pas ce mode de connexion, ou ne le propose plus.",
        advice: "Allez à la page d’accueil et connectez-vous à partir de là.",
    },
    not_allowed: ErrorText {
        title: "Vous ne pouvez pas utiliser cette application",
        message: "La connexion a réussi, mais cette application n’est pas ouverte à votre compte.",
        advice: "Essayez un autre compte, ou demandez l’accès aux responsables de cette application.",
    },
    groups_undecided: ErrorText {
        title: "Votre accès n’a pas pu être vérifié",
        message: "La connexion est établie, mais le service qui connaît vos groupes n’a pas répondu comme prévu. Cette application ne peut donc pas savoir si elle vous est ouverte.",
        advice: "Attendez une minute, puis reconnectez-vous. Si cela se reproduit, prévenez les responsables de cette application\u{a0}; ils trouveront la cause dans son journal.",
    },
    forbidden: ErrorText {
        title: "Vous ne pouvez pas voir cette page",
        message: "La connexion est établie, mais votre compte n’a pas accès à cette page.",
        advice: "Demandez l’accès aux responsables de cette application, ou connectez-vous avec un autre compte.",
    },
    not_a_page: ErrorText {
        title: "La connexion se fait dans sa propre fenêtre",
        message: "Elle ne fonctionne pas à l’intérieur d’une autre page.",
        advice: "Ouvrez cette application dans sa propre fenêtre ou son propre onglet, et connectez-vous là.",
    },
    clocks_differ: ErrorText {
        title: "La connexion a échoué",
        message: "Les horloges des serveurs de cette application ne sont pas à la même heure\u{a0}: l’un n’accepte pas ce qu’un autre a commencé.",
        advice: "Attendez une minute, puis reconnectez-vous. Si cela se reproduit, prévenez les responsables de cette application.",
    },
    provider_changed: ErrorText {
        title: "Cette connexion ne peut pas être terminée ici",
        message: "Les réglages du service de connexion ont été modifiés pendant que vous vous connectiez.",
        advice: "Reconnectez-vous.",
    },
    app_error: ErrorText {
        title: "La connexion a échoué",
        message: "Vous vous êtes connecté, mais cette application a rencontré un problème et n’a pas pu vous laisser entrer.",
        advice: "Attendez une minute, puis reconnectez-vous. Si cela se reproduit, prévenez les responsables de cette application\u{a0}; ils trouveront la cause dans son journal.",
    },
    other_origin: ErrorText {
        title: "Rien n’a été fait",
        message: "Un autre site a tenté d’agir ici en votre nom\u{a0}; cela a été refusé.",
        advice: "Si c’est vous qui le vouliez, faites-le depuis une page de cette application.",
    },
    held_form: ErrorText {
        title: "Connectez-vous pour envoyer ce formulaire",
        message: "Une connexion est d’abord nécessaire, donc rien n’a été modifié. Votre saisie est conservée sur cette page.",
        advice: "Connectez-vous dans un nouvel onglet, fermez-le, puis envoyez le formulaire ici. Gardez cette page ouverte jusque-là.",
    },
    confirm_logout: ErrorText {
        title: "Voulez-vous vous déconnecter\u{a0}?",
        message: "Un autre site a ouvert cette adresse\u{a0}; rien n’a encore été fait.",
        advice: "Si vous le souhaitez, déconnectez-vous ici. Sinon, allez à la page d’accueil\u{a0}: votre session restera ouverte.",
    },
};
