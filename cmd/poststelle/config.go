package main

import (
	"path/filepath"
	"time"
)

// configName is the one configuration file of an office folder.
const configName = "poststelle.yaml"

// config is poststelle.yaml. The tags en and de are the documentation of a
// field: help config prints it and init writes it into the file.
type config struct {
	Listen     string           `yaml:"listen" en:"HOST:PORT for letters; port 0 chooses a free one" de:"HOST:PORT für Briefe; Port 0 wählt einen freien"`
	Admin      string           `yaml:"admin" en:"HOST:PORT for the operator: /healthz, /readyz, /metrics; not for the open net" de:"HOST:PORT für den Betrieb: /healthz, /readyz, /metrics; nicht für das offene Netz"`
	TLS        tlsConfig        `yaml:"tls" en:"certificate and key of the HTTPS server; both empty = plain HTTP" de:"Zertifikat und Schlüssel des HTTPS-Servers; beide leer = HTTP ohne TLS"`
	Mailboxes  string           `yaml:"mailboxes" en:"registered = only addressees added by mailbox add; open = any certificate is a mailbox" de:"registered = nur mit mailbox add eingetragene Empfänger; open = jedes Zertifikat ist ein Postfach"`
	Encryption string           `yaml:"encryption" en:"required = unencrypted requests are refused; optional = they are taken" de:"required = unverschlüsselte Aufträge werden abgewiesen; optional = sie werden angenommen"`
	Signatures string           `yaml:"signatures" en:"transport signature of requests: required or optional; new mailboxes take it as their rule" de:"Transportsignatur der Aufträge: required oder optional; neue Postfächer übernehmen es als Regel"`
	SignAlways bool             `yaml:"sign_always" en:"sign answers to unsigned requests too" de:"auch Antworten auf unsignierte Aufträge signieren"`
	Host       string           `yaml:"host" en:"how message ids begin: letters, digits, dots, hyphens" de:"womit Message-IDs beginnen: Buchstaben, Ziffern, Punkte, Bindestriche"`
	Keys       keyConfig        `yaml:"keys" en:"the office's own keys" de:"die eigenen Schlüssel der Poststelle"`
	Data       string           `yaml:"data" en:"folder of everything that is kept; back it up" de:"Ordner für alles Aufbewahrte; zu sichern"`
	NATS       natsConfig       `yaml:"nats" en:"the message broker; without url it runs in this process" de:"der Nachrichtenvermittler; ohne url läuft er in diesem Prozess"`
	Limits     limitConfig      `yaml:"limits" en:"what one client may ask for" de:"was ein Client beanspruchen darf"`
	Dialogs    dialogConfig     `yaml:"dialogs" en:"dialogs and message ids" de:"Dialoge und Message-IDs"`
	Algorithms algorithmsConfig `yaml:"algorithms" en:"what is permitted beyond AES-GCM, RSA-OAEP with SHA-2, RSA and ECDSA signatures with SHA-2 and SHA-3" de:"was außer AES-GCM, RSA-OAEP mit SHA-2, RSA- und ECDSA-Signaturen mit SHA-2 und SHA-3 erlaubt ist"`
	Retention  period           `yaml:"retention" en:"how long new mailboxes keep the content of a confirmed letter, such as 90d; 0 = for ever; process cards are always kept" de:"wie lange neue Postfächer den Inhalt eines bestätigten Briefs behalten, etwa 90d; 0 = immer; Laufzettel bleiben immer"`
	Log        logConfig        `yaml:"log" en:"the operator's log, on standard error" de:"das Betriebsprotokoll, auf der Standardfehlerausgabe"`

	dir string // paths are relative to it
}

type tlsConfig struct {
	Cert string `yaml:"cert" en:"PEM file with the chain" de:"PEM-Datei mit der Zertifikatskette"`
	Key  string `yaml:"key" en:"PEM file with the key" de:"PEM-Datei mit dem Schlüssel"`
}

type keyConfig struct {
	Cipher       []string `yaml:"cipher" en:".p12 files that decrypt requests; the first is the current one, others are being phased out" de:".p12-Dateien, die Aufträge entschlüsseln; die erste ist die aktuelle, weitere laufen aus"`
	Signature    string   `yaml:"signature" en:".p12 file that signs answers" de:".p12-Datei, die Antworten signiert"`
	PasswordFile string   `yaml:"password_file" en:"file with the password of the .p12 files; empty = POSTSTELLE_PASSWORD" de:"Datei mit dem Kennwort der .p12-Dateien; leer = POSTSTELLE_PASSWORD"`
}

type natsConfig struct {
	URL           string   `yaml:"url" en:"nats:// or tls:// addresses, comma-separated; empty = embedded" de:"nats://- oder tls://-Adressen, durch Komma getrennt; leer = eingebettet"`
	Credentials   string   `yaml:"credentials" en:"credentials file for url" de:"Datei mit den Zugangsdaten für url"`
	RootCAs       []string `yaml:"root_cas" en:"PEM files with roots for tls:// addresses" de:"PEM-Dateien mit Wurzelzertifikaten für tls://-Adressen"`
	MonitorURLs   []string `yaml:"monitor_urls" en:"HTTP monitoring addresses of all servers, to read sync_interval back" de:"HTTP-Monitoring-Adressen aller Server, um sync_interval zurückzulesen"`
	SystemURL     string   `yaml:"system_url" en:"address for a user of the system account, to read sync_interval back; empty = url" de:"Adresse für einen Benutzer des Systemkontos, um sync_interval zurückzulesen; leer = url"`
	SystemCreds   string   `yaml:"system_credentials" en:"credentials file of that user" de:"Datei mit dessen Zugangsdaten"`
	SyncConfirmed bool     `yaml:"sync_confirmed" en:"you vouch for sync_interval: always where no server tells it" de:"Sie bürgen für sync_interval: always, wo kein Server es sagt"`
	Replicas      int      `yaml:"replicas" en:"copies of each stream: 1, 3 or 5" de:"Kopien je Strom: 1, 3 oder 5"`
	Shards        int      `yaml:"shards" en:"number of streams, 1 to 64; fixed once letters are there" de:"Zahl der Ströme, 1 bis 64; fest, sobald Briefe da sind"`
}

type limitConfig struct {
	MessageBytes    size   `yaml:"message_bytes" en:"largest request" de:"größter Auftrag"`
	DeliveryBytes   size   `yaml:"delivery_bytes" en:"largest letter, content and attachments; 0 = no other limit" de:"größter Brief, Inhalt und Anhänge; 0 = keine weitere Grenze"`
	SpoolBytes      size   `yaml:"spool_bytes" en:"all scratch files together" de:"alle Zwischendateien zusammen"`
	Concurrent      int    `yaml:"concurrent" en:"exchanges at a time" de:"gleichzeitige Aufträge"`
	Connected       int    `yaml:"connected" en:"requests under way, bodies still coming and answers still going included" de:"Aufträge unterwegs, noch eintreffende und noch abgehende eingeschlossen"`
	Wait            period `yaml:"wait" en:"longest wait for a turn; then the client is told to come again" de:"längstes Warten, bis ein Auftrag an der Reihe ist; danach soll der Client später wiederkommen"`
	HeaderTimeout   period `yaml:"header_timeout" en:"longest wait for the head of a request" de:"längstes Warten auf den Kopf eines Auftrags"`
	BodyPause       period `yaml:"body_pause" en:"longest pause within a body" de:"längste Pause innerhalb eines Auftrags"`
	MinRate         size   `yaml:"min_rate" en:"least octets a second of a body or an answer" de:"mindestens so viele Oktette je Sekunde, in beiden Richtungen"`
	ExchangeTimeout period `yaml:"exchange_timeout" en:"longest work on one request" de:"längste Arbeit an einem Auftrag"`
	Drain           period `yaml:"drain" en:"how long a stop waits for running exchanges" de:"wie lange beim Anhalten auf laufende Aufträge gewartet wird"`
}

type dialogConfig struct {
	Idle       period `yaml:"idle" en:"a dialog without a request for so long is over" de:"so lange ohne Auftrag, und der Dialog ist beendet"`
	IDLifetime period `yaml:"id_lifetime" en:"how long an issued message id can be used" de:"wie lange eine vergebene Message-ID benutzt werden kann"`
}

type algorithmsConfig struct {
	Exceptions []exceptionConfig `yaml:"exceptions" en:"each with algorithm (such as aes256-cbc, rsa-1_5, or a URI), until (YYYY-MM-DD) and reason" de:"je mit algorithm (etwa aes256-cbc, rsa-1_5 oder eine URI), until (JJJJ-MM-TT) und reason"`
}

// exceptionConfig permits one algorithm until a date, for a written reason.
type exceptionConfig struct {
	Algorithm string `yaml:"algorithm" en:"name or URI" de:"Name oder URI"`
	Until     date   `yaml:"until" en:"last day on which it is permitted" de:"letzter Tag, an dem es erlaubt ist"`
	Reason    string `yaml:"reason" en:"why; who reads this in a year wants to know" de:"warum; wer das in einem Jahr liest, will es wissen"`
}

type logConfig struct {
	Level  string `yaml:"level" en:"debug, info, warn or error" de:"debug, info, warn oder error"`
	Format string `yaml:"format" en:"text or json" de:"text oder json"`
}

// Values of the switches.
const (
	boxesRegistered = "registered"
	boxesOpen       = "open"
	isRequired      = "required"
	isOptional      = "optional"
)

// defaultConfig is what an empty file means.
func defaultConfig(dir string) *config {
	return &config{
		Listen: "127.0.0.1:8080", Admin: "127.0.0.1:0",
		Mailboxes: boxesRegistered, Encryption: isRequired, Signatures: isRequired, Host: "poststelle",
		Keys: keyConfig{
			Cipher: []string{"intermediary-cipher.p12"}, Signature: "intermediary-signature.p12", PasswordFile: "password",
		},
		Data: "data",
		NATS: natsConfig{Replicas: 1, Shards: 8, RootCAs: []string{}, MonitorURLs: []string{}},
		Limits: limitConfig{
			MessageBytes: 1 << 30, SpoolBytes: 64 << 30, Concurrent: 256, Connected: 4096, Wait: period(10 * time.Second),
			HeaderTimeout: period(10 * time.Second), BodyPause: period(30 * time.Second), MinRate: 8 << 10,
			ExchangeTimeout: period(5 * time.Minute), Drain: period(30 * time.Second),
		},
		Dialogs:    dialogConfig{Idle: period(15 * time.Minute), IDLifetime: period(30 * 24 * time.Hour)},
		Algorithms: algorithmsConfig{Exceptions: []exceptionConfig{}},
		Log:        logConfig{Level: "info", Format: "text"},
		dir:        dir,
	}
}

// path makes a path of the file absolute or relative to the office's folder.
func (c *config) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.dir, p)
}

// below is a place in the data folder.
func (c *config) below(name string) string { return filepath.Join(c.path(c.Data), name) }
