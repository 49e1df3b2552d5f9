//! Français

use super::{Texts, Words};

pub(super) static TEXTS: Texts = Texts {
    lang: "fr",
    dir: "ltr",

    sign_in: "Se connecter",
    choose: "Choisissez comment vous connecter.",
    next: "Vous continuerez ensuite vers {page}.",
    unreachable: "Ne répond pas pour le moment",

    signed_out: "Déconnexion effectuée",
    signed_out_here: "Votre connexion a été effacée de ce navigateur.",
    still_signed_in: "Votre session chez {provider} est peut-être encore ouverte. Si d’autres personnes utilisent cet appareil, fermez-la aussi là-bas.",

    sign_in_again: "Se reconnecter",
    start_page: "Aller à la page d’accueil",
    reference: "Référence pour l’assistance\u{a0}: {reference}",
    size: "{claim}\u{a0}: {bytes}\u{a0}octets",
    open_window: "Ouvrir dans une nouvelle fenêtre",
    sign_out: "Se déconnecter",

    cancelled: Words {
        title: "Connexion annulée",
        what: "La connexion a été interrompue avant la fin\u{a0}; rien n’a changé.",
        advice: "Vous pouvez vous reconnecter ou continuer sans connexion.",
    },
    unasked: Words {
        title: "Le service de connexion doit vous poser une question",
        what: "Le service de connexion doit d’abord vous demander quelque chose, et il n’a pas pu le faire ici.",
        advice: "Connectez-vous directement auprès du service, puis revenez ici. Si cela ne suffit pas, prévenez les responsables de cette application.",
    },
    refused: Words {
        title: "Connexion refusée",
        what: "Le service de connexion ne vous a pas laissé entrer dans cette application.",
        advice: "Essayez un autre compte. Si cela ne suffit pas, demandez l’accès aux responsables de cette application.",
    },
    trouble: Words {
        title: "La connexion a échoué",
        what: "Le service de connexion signale un problème de son côté.",
        advice: "Attendez une minute, puis reconnectez-vous.",
    },
    down: Words {
        title: "Connexion indisponible",
        what: "Le service de connexion ne répond pas pour le moment.",
        advice: "Attendez une minute, puis reconnectez-vous. Tout le reste de cette application fonctionne normalement.",
    },
    set_up: Words {
        title: "La connexion est mal configurée",
        what: "Les réglages de cette application et du service de connexion ne concordent pas. Vous n’y êtes pour rien.",
        advice: "Prévenez les responsables de cette application\u{a0}; ils trouveront la cause dans son journal.",
    },
    no_attempt: Words {
        title: "Cette connexion ne peut pas être terminée ici",
        what: "Elle a déjà été terminée, ou elle a été commencée dans un autre navigateur.",
        advice: "Reconnectez-vous et restez dans ce navigateur jusqu’à la fin.",
    },
    no_cookies: Words {
        title: "Votre navigateur ne conserve pas la connexion",
        what: "La connexion nécessite un cookie, et votre navigateur n’a pas renvoyé celui de cette application.",
        advice: "Autorisez les cookies pour cette application, puis reconnectez-vous dans ce navigateur.",
    },
    expired: Words {
        title: "Cette connexion a pris trop de temps",
        what: "Plus de 15\u{a0}minutes se sont écoulées entre le début et la fin.",
        advice: "Reconnectez-vous.",
    },
    untrusted: Words {
        title: "Cette connexion n’est pas fiable",
        what: "La réponse n’est pas celle que le service de connexion aurait dû donner.",
        advice: "Reconnectez-vous depuis cette application. Si vous avez suivi un lien envoyé par quelqu’un, ne l’utilisez plus.",
    },
    used: Words {
        title: "La connexion a échoué",
        what: "Le service de connexion n’a pas accepté sa propre réponse, sans doute parce qu’elle a déjà servi ou qu’elle est trop ancienne.",
        advice: "Reconnectez-vous.",
    },
    unacceptable: Words {
        title: "La connexion a échoué",
        what: "Le service de connexion a envoyé quelque chose que cette application ne doit pas accepter.",
        advice: "Reconnectez-vous. Si cela se reproduit, prévenez les responsables de cette application\u{a0}; ils trouveront la cause dans son journal.",
    },
    too_large: Words {
        title: "Trop d’informations à votre sujet",
        what: "Votre compte contient plus d’informations qu’un navigateur ne peut en conserver. Les plus volumineuses sont\u{a0}:",
        advice: "Prévenez les responsables de cette application\u{a0}; ils peuvent choisir ce qui est conservé.",
    },
    unknown: Words {
        title: "Ce mode de connexion n’existe pas",
        what: "Cette application ne propose pas ce mode de connexion, ou ne le propose plus.",
        advice: "Allez à la page d’accueil et connectez-vous à partir de là.",
    },
    not_allowed: Words {
        title: "Vous ne pouvez pas utiliser cette application",
        what: "La connexion a réussi, mais cette application n’est pas ouverte à votre compte.",
        advice: "Essayez un autre compte, ou demandez l’accès aux responsables de cette application.",
    },
    forbidden: Words {
        title: "Vous ne pouvez pas voir cette page",
        what: "La connexion est établie, mais votre compte n’a pas accès à cette page.",
        advice: "Demandez l’accès aux responsables de cette application, ou connectez-vous avec un autre compte.",
    },
    not_a_page: Words {
        title: "La connexion se fait dans sa propre fenêtre",
        what: "Elle ne fonctionne pas à l’intérieur d’une autre page.",
        advice: "Ouvrez cette application dans sa propre fenêtre ou son propre onglet, et connectez-vous là.",
    },
    clocks: Words {
        title: "La connexion a échoué",
        what: "Les horloges des serveurs de cette application ne sont pas à la même heure\u{a0}: l’un n’accepte pas ce qu’un autre a commencé.",
        advice: "Attendez une minute, puis reconnectez-vous. Si cela se reproduit, prévenez les responsables de cette application.",
    },
    changed: Words {
        title: "Cette connexion ne peut pas être terminée ici",
        what: "Les réglages du service de connexion ont été modifiés pendant que vous vous connectiez.",
        advice: "Reconnectez-vous.",
    },
    app_trouble: Words {
        title: "La connexion a échoué",
        what: "Vous vous êtes connecté, mais cette application a rencontré un problème et n’a pas pu vous laisser entrer.",
        advice: "Attendez une minute, puis reconnectez-vous. Si cela se reproduit, prévenez les responsables de cette application\u{a0}; ils trouveront la cause dans son journal.",
    },
    other_origin: Words {
        title: "Rien n’a été fait",
        what: "Un autre site a tenté d’agir ici en votre nom\u{a0}; cela a été refusé.",
        advice: "Si c’est vous qui le vouliez, faites-le depuis une page de cette application.",
    },
    confirm_logout: Words {
        title: "Voulez-vous vous déconnecter\u{a0}?",
        what: "Un autre site a ouvert cette adresse\u{a0}; rien n’a encore été fait.",
        advice: "Si vous le souhaitez, déconnectez-vous ici. Sinon, allez à la page d’accueil\u{a0}: votre session restera ouverte.",
    },
};
