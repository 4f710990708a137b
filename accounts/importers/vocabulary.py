"""What columns are called in files of others, in English, Spanish, French, Indonesian and German: field → names,
without accents and marks. A name in a kind's own list counts for that kind alone."""

from __future__ import annotations

_ACCOUNT = """account; account id; account number; customer; customer id; customer number; company; company id; client;
client id; organization; organization id; organisation; tenant id; cliente; id cliente; codigo cliente;
empresa; cuenta; id de cuenta; compte; id compte; client id; numero client; societe; entreprise; pelanggan;
id pelanggan; perusahaan; id perusahaan; akun; kunde; kunden id; kundennummer; kunden nr; firma; konto;
kundenkonto"""
ACCOUNT_NAME = """account name; customer name; company name; client name; organization name; nombre de la cuenta; nombre
del cliente; nombre cliente; razon social; nombre de la empresa; nom du compte; nom du client; nom
client; raison sociale; nama pelanggan; nama perusahaan; nama akun; kundenname; firmenname; name des
kunden"""
_AMOUNT = """amount; total; value; price; sum; mrr; monthly amount; fee; importe; monto; cantidad; valor; precio; cuota;
montant; somme; prix; valeur; jumlah; nilai; harga; total harga; betrag; summe; preis; wert; gesamt;
gesamtbetrag"""
_CONTACT = """contact; contact id; contact name; person; user; user id; user email; contacto; usuario; persona;
utilisateur; personne; kontak; pengguna; kontakt; ansprechpartner; nutzer; benutzer"""
_COMMENT = """comment; comments; note; notes; feedback; text; message; description; comentario; comentarios; nota;
mensaje; descripcion; commentaire; commentaires; remarque; komentar; catatan; keterangan; pesan; kommentar;
bemerkung; notiz; beschreibung"""
_MEMBER = """member; csm; author; agent; rep; responsable; agente; autor; auteur; petugas; bearbeiter; verfasser"""
_START = """start; start date; started; started on; starts on; begin; begins on; valid from; from; fecha de inicio;
inicio; fecha inicio; desde; alta; fecha de alta; date de debut; debut; depuis; tanggal mulai; mulai;
beginn; startdatum; start am; ab; von"""
_END = """end; end date; ends on; expires; expiry; expiration date; valid to; until; to; fecha de fin; fecha fin; fin;
hasta; vencimiento; date de fin; echeance; jusqu au; tanggal berakhir; berakhir; selesai; ende; enddatum;
bis; ablauf"""
_WHEN = """date; day; time; timestamp; when; created; created at; created on; created date; occurred at; fecha; dia;
hora; fecha y hora; cree le; date de creation; heure; tanggal; waktu; hari; datum; tag; zeit; zeitpunkt;
erstellt; erstellt am"""
_PRODUCT = """product; plan; item; product name; sku; service; package; producto; servicio; paquete; articulo; produit;
article; offre; forfait; produk; layanan; paket; barang; produkt; artikel; tarif"""

# Of every kind that has the field.
WORDS: dict[str, str] = {
    "account": f"{_ACCOUNT}; {ACCOUNT_NAME}",
    "id": "id; external id; key; uuid; reference; ref; identificador; codigo; referencia; identifiant; code;"
    " kode; nomor;"
    " kennung; nummer; referenz",
    "name": "name; title; nombre; titulo; nom; titre; intitule; nama; judul; bezeichnung; titel",
    "amount": _AMOUNT,
    "currency": "currency; currency code; ccy; moneda; divisa; devise; monnaie; mata uang; waehrung; wahrung",
    "contact": _CONTACT,
    "comment": _COMMENT,
    "text": _COMMENT,
    "member": _MEMBER,
    "product": _PRODUCT,
    "email": "email; e mail; mail; email address; correo; correo electronico; courriel; adresse e mail; adresse email;"
    " surel; alamat email; e mail adresse; emailadresse",
    "starts_on": _START,
    "started_on": f"{_START}; customer since; since; signup date; sign up date; signed up;"
    " cliente desde; client depuis; pelanggan sejak; kunde seit",
    "ends_on": _END,
    "reason": "reason; churn reason; reason code; motivo; razon; causa; motif; raison; alasan; sebab; grund",
    "kind": "kind; type; category; tipo; categoria; categorie; jenis; kategori; tipe; art; typ; kategorie",
    "state": "state; status; stage; estado; etat; statut; keadaan; zustand",
    "subject": "subject; title; summary; topic; asunto; titulo; tema; objet; sujet; subjek; perihal; judul;"
    " betreff; thema",
    "quantity": "quantity; volume; qty; cantidad; quantite; kuantitas; menge",
    "seats": "seats; licenses; licences; users; plazas; licencias; asientos; sieges; lisensi; lizenzen; plaetze;"
    " platze",
    "feature": "feature; module; funcion; modulo; fonctionnalite; fitur; funktion; modul",
}
KINDS_WORDS: dict[str, dict[str, str]] = {
    "accounts": {
        "id": f"{_ACCOUNT}; id; external id; code; codigo; kode; record id; account record id",
        "name": f"{ACCOUNT_NAME}; name; company; account; customer; nombre; empresa; nom; societe; nama; perusahaan;"
        " firma; kunde",
        "owner": "owner; csm; account owner; company owner; account manager; owner email; customer success manager;"
        " propietario; responsable; gestor; proprietaire; pemilik; penanggung jawab; betreuer; besitzer;"
        " verantwortlich",
        "team": "team; equipo; equipe; tim; gruppe",
        "segment": "segment; tier; segmento; nivel; segmen; kundensegment",
        "stage": "stage; lifecycle stage; phase; etapa; fase; etape; tahap; lebensphase",
        "parent": "parent; parent account; parent id; parent company; matriz; cuenta principal; maison mere; induk;"
        " perusahaan induk; mutterkonzern; muttergesellschaft",
        "industry": "industry; sector; vertical; industria; secteur; industrie; industri; sektor; branche",
        "country": "country; billing country; pais; pays; negara; land",
        "domain": "domain; website; company domain name; web; url; dominio; sitio web; domaine; site web; situs;"
        " situs web;"
        " domene; webseite",
    },
    "contacts": {
        "id": "id; contact id; person id; user id; id contacto; id contact; id kontak; kontakt id; record id",
        "name": "name; contact name; full name; nombre; nombre completo; nom; nom complet; nama; nama lengkap;"
        " nama kontak; vollstandiger name; ansprechpartner",
        "part": "part; role; job role; rol; papel; role; peran; rolle",
        "since_on": f"since; {_START}; {_WHEN}",
        "left_on": "left; left on; salida; depart; keluar; ausgetreten",
        "is_internal": "internal; is internal; interno; interne; intern",
    },
    "subscriptions": {
        "subscription": "subscription; subscription id; contract; contract id; suscripcion; id suscripcion; contrato;"
        " abonnement; contrat; langganan; id langganan; kontrak; abo; vertrag; vertragsnummer",
        "interval": "interval; billing interval; billing period; frequency; intervalo; periodo; frecuencia;"
        " periodicite;"
        " frequence; periode; interval penagihan; intervall; abrechnungszeitraum; turnus",
        "is_trial": "trial; is trial; prueba; essai; uji coba; test; probe",
        "auto_renew": "auto renew; renews; renovacion automatica; renouvellement automatique; perpanjangan otomatis;"
        " automatische verlangerung",
    },
    "invoices": {
        "id": "id; invoice id; id factura; id facture; id faktur; rechnungs id",
        "number": "invoice number; number; invoice no; invoice; numero; numero de factura; factura; no factura;"
        " numero de facture; facture; nomor faktur; faktur; no faktur; rechnungsnummer; rechnung; rechnungsnr",
        "issued_on": "issued; issued on; invoice date; issue date; fecha de factura; fecha de emision; fecha factura;"
        f" date de facture; date d emission; tanggal faktur; rechnungsdatum; ausgestellt am; {_WHEN}",
        "due_on": "due; due date; due on; payable by; fecha de vencimiento; vencimiento; vence; echeance; date d"
        " echeance;"
        " jatuh tempo; tanggal jatuh tempo; fallig; fallig am; falligkeit; falligkeitsdatum",
    },
    "payments": {
        "id": "id; payment id; transaction id; id pago; id paiement; id pembayaran; zahlungs id",
        "invoice": "invoice; invoice id; invoice number; factura; numero de factura; facture; numero de facture;"
        " faktur;"
        " nomor faktur; rechnung; rechnungsnummer",
        "paid_on": "paid; paid on; payment date; fecha de pago; pagado; date de paiement; paye le; tanggal pembayaran;"
        f" tanggal bayar; zahlungsdatum; bezahlt am; {_WHEN}",
    },
    "purchases": {
        "id": "id; order id; purchase id; order number; id pedido; pedido; commande; numero de commande; id pesanan;"
        " nomor pesanan; bestellnummer; bestell id",
        "purchased_on": "purchased; purchased on; order date; purchase date; invoice date; fecha de compra;"
        " fecha del pedido; date d achat; date de commande; tanggal pembelian; tanggal pesanan; bestelldatum;"
        " kaufdatum;"
        f" {_WHEN}",
    },
    "deals": {
        "id": "id; deal id; opportunity id; record id; id oportunidad; id opportunite; id peluang",
        "name": "name; deal name; opportunity; opportunity name; oportunidad; negocio; opportunite; affaire; peluang;"
        " geschaft; verkaufschance",
        "state": "state; status; stage; deal stage; estado; etapa; etat; statut; etape; tahap; zustand; phase",
        "opened_on": "opened; opened on; open date; create date; fecha de apertura; ouvert le; dibuka; eroffnet"
        f" am; {_WHEN}",
        "closed_on": "closed; close date; closed on; fecha de cierre; cierre; date de cloture; ditutup; tanggal"
        " penutupan;"
        " abschlussdatum; geschlossen am",
    },
    "tickets": {
        "id": "id; ticket; ticket id; ticket number; case id; case number; numero de ticket; caso; incidencia;"
        " no tiket;"
        " tiket; ticketnummer; fall",
        "opened_at": "opened; opened at; requested; submitted; submitted at; abierto;"
        " fecha de apertura; ouvert; ouvert le; dibuka; eroffnet;"
        f" geoffnet am; {_WHEN}",
        "priority": "priority; severity; prioridad; gravedad; priorite; prioritas; prioritat; dringlichkeit",
        "theme": "theme; category; type; topic; tema; categoria; categorie; kategori; topik; kategorie; thema",
        "contact": f"{_CONTACT}; requester; requester email; solicitante; demandeur; pemohon; anfragender",
        "replied_at": "replied; first reply; first response; replied at; respondido; primera respuesta;"
        " premiere reponse; dibalas; erste antwort; beantwortet am",
        "solved_at": "solved; resolved; solved at; resolved at; resuelto; resolu; selesai; diselesaikan; gelost;"
        " gelost am",
        "closed_at": "closed; closed at; cerrado; fecha de cierre; ferme; ditutup; geschlossen; geschlossen am",
    },
    "survey_responses": {
        "id": "id; response id; answer id; id respuesta; id reponse; id jawaban; antwort id",
        "answered_at": "answered; answered at; responded; submitted; submitted at; response date; respondido;"
        " fecha de respuesta; repondu le; date de reponse; dijawab; tanggal jawaban; beantwortet; antwortdatum;"
        f" {_WHEN}",
        "score": "score; rating; nps; nps score; csat; ces; answer; puntuacion; nota; respuesta; calificacion;"
        " score nps;"
        " reponse; skor; nilai; jawaban; punkte; bewertung; antwort; punktzahl",
        "survey": "survey; survey name; encuesta; enquete; sondage; survei; umfrage",
    },
    "events": {
        "message_id": "message id; event id; id; uuid; id evento; id evenement; id peristiwa; ereignis id",
        "name": "event; event name; name; action; activity; evento; accion; evenement; acara; peristiwa; aksi;"
        " ereignis;"
        " aktion; aktivitat",
        "occurred_at": _WHEN,
        "count": "count; times; number; veces; nombre; numero; jumlah; kali; anzahl",
        "seconds": "seconds; duration; duration seconds; segundos; duracion; secondes; duree; detik; durasi;"
        " sekunden; dauer",
    },
    "feedback": {
        "given_at": f"given; given at; {_WHEN}",
        "topic": "topic; theme; tema; sujet; topik; thema",
    },
    "churns": {
        "id": "id; churn id; churn event id; cancellation id",
        "churned_on": "churned; churned on; churn date; cancelled; canceled; cancelled on; cancellation date; lost on;"
        " fecha de baja; baja; fecha de cancelacion; date de resiliation; resilie le; tanggal berhenti; berhenti;"
        " gekundigt zum; kundigung zum; abgang",
        "notice_on": "notice; notice on; notice date; fecha de aviso; aviso; preavis; date de preavis;"
        " tanggal pemberitahuan; kundigung; kundigungsdatum; gekundigt am",
    },
    "touches": {
        "happened_at": f"happened; happened at; start time; meeting date; {_WHEN}",
        "channel": "channel; medium; canal; saluran; kanal",
        "direction": "direction; direccion; sens; arah; richtung",
        "minutes": "minutes; duration; duration minutes; minutos; duracion; duree; menit; durasi; minuten; dauer",
        "outcome": _COMMENT,
    },
    "pulses": {
        "given_at": f"given; given at; {_WHEN}",
        "value": "value; pulse; sentiment; valor; pulso; valeur; nilai; wert; stimmung",
    },
    "goals": {
        "name": "name; goal; objective; objetivo; meta; objectif; but; tujuan; sasaran; ziel",
        "target": "target; objetivo; meta; cible; target nilai; zielwert; soll",
        "value": "value; current; actual; valor; actual; valeur; actuel; nilai; saat ini; wert; ist",
        "due_on": "due; due date; due on; fecha limite; vencimiento; echeance; batas waktu; fallig; fallig am",
    },
    "client_figures": {
        "figure": "figure; metric; cifra; metrica; chiffre; indicateur; angka; metrik; kennzahl",
        "day": f"{_WHEN}; month",
        "value": "value; amount; valor; valeur; nilai; wert",
    },
    "costs": {"month": f"month; mes; mois; bulan; monat; {_WHEN}"},
    "rates": {
        "day": _WHEN,
        "rate": "rate; exchange rate; tipo de cambio; tasa; taux; taux de change; kurs; nilai tukar; wechselkurs",
    },
    "releases": {
        "feature": "feature; release; version; funcion; fonctionnalite; fitur; rilis; funktion",
        "released_on": "released; released on; release date; fecha de lanzamiento; date de sortie; tanggal rilis;"
        f" veroffentlicht am; {_WHEN}",
        "plans": "plans; planes; offres; paket; tarife",
    },
}
# What files of a kind are called.
NAMES: dict[str, str] = {
    "accounts": "accounts account companies company customers customer clients cuentas clientes empresas comptes"
    " clients"
    " societes akun pelanggan perusahaan konten kunden firmen",
    "contacts": "contacts contact people users contactos personas usuarios personnes utilisateurs kontak"
    " pengguna kontakte"
    " personen nutzer",
    "subscriptions": "subscriptions subscription contracts suscripciones contratos abonnements contrats"
    " langganan kontrak"
    " abos vertrage",
    "invoices": "invoices invoice bills facturas factures faktur tagihan rechnungen rechnung",
    "payments": "payments payment pagos paiements pembayaran zahlungen",
    "purchases": "purchases purchase orders compras pedidos achats commandes pembelian pesanan kaufe bestellungen",
    "deals": "deals deal opportunities oportunidades negocios opportunites affaires peluang geschafte chancen",
    "tickets": "tickets ticket cases support incidencias casos tiket anfragen",
    "survey_responses": "survey surveys nps csat responses encuestas respuestas enquetes reponses survei"
    " umfragen antworten",
    "events": "events event usage logins activity eventos uso evenements usage peristiwa penggunaan ereignisse nutzung",
    "feedback": "feedback mentions reviews comentarios opiniones avis masukan ulasan bewertungen",
    "churns": "churn churns cancellations bajas cancelaciones resiliations berhenti kundigungen abgange",
    "touches": "touches meetings calls reuniones llamadas reunions appels rapat panggilan termine anrufe",
    "pulses": "pulses pulse pulsos",
    "goals": "goals objectives objetivos metas objectifs tujuan ziele",
    "client_figures": "figures cifras chiffres angka kennzahlen",
    "costs": "costs cost costes costos couts biaya kosten",
    "rates": "rates fx cambio taux kurs kurse",
    "releases": "releases features lanzamientos versions rilis",
}
