package interop

import (
	"testing"

	"poststelle/mailbox"
)

// javaFault is one order of the official client that goes wrong, and what the
// calling application sees of it.
type javaFault struct {
	name string
	// dialog are its words beside the usual ones.
	dialog words
	// before are verbs in the same dialog that succeed.
	before []string
	// spoil is what happens to the order on its way; nil = nothing.
	spoil words
	verb  string
	order words
	// want is the exception's class and code, or the codes of the feedback.
	want string
}

// inTheClear is how requests travel so that they can be spoilt inside.
var inTheClear = words{"encryption": "false", "sign": "false"}

func replacing(pattern, by string) words {
	return words{"how": "replace", "pattern": pattern, "by": by}
}

// outcome is what the application sees.
func outcome(answer words) string {
	if answer["error"] != "" {
		return answer["error"] + " " + answer["code"]
	}
	return answer.codes()
}

// demandJavaFaults carries out each case and holds that the office is well
// after it.
func demandJavaFaults(t *testing.T, desk *javaDesk, cases []javaFault) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			desk := desk.in(t)
			desk.open("alice", c.dialog)
			for _, verb := range c.before {
				desk.ask("alice", verb, nil)
			}
			if c.spoil != nil {
				desk.java.must("spoil", c.spoil.with(words{"d": "alice"}))
			}
			got := desk.java.order(c.verb, c.order.with(words{"d": "alice"}))
			if outcome(got) != c.want {
				t.Errorf("outcome %s, want %s (%s%s)", outcome(got), c.want, got["message"], got["feedback"])
			}
		})
	}
	desk.in(t).dial("alice")
}

func TestJavaSeesFaultsOfBrokenMessages(t *testing.T) {
	const soap = "SoapClientException "
	signed := words{"encryption": "false"}
	demandJavaFaults(t, newJavaDesk(t), []javaFault{
		{name: "cut", spoil: words{"how": "cut"}, verb: "messageid", want: soap + "9100"},
		{name: "cut in the clear", dialog: inTheClear, spoil: words{"how": "cut"}, verb: "messageid", want: soap + "9100"},
		{name: "other boundary", spoil: replacing("boundary=[^;\r]*", "boundary=anders"), verb: "messageid", want: soap + "9100"},
		{name: "no MIME", spoil: replacing("^MIME.*", "Hallo"), verb: "messageid", want: soap + "9100"},
		{name: "doctype", dialog: inTheClear, spoil: replacing("<soap:Envelope", "<!DOCTYPE x><soap:Envelope"), verb: "messageid", want: soap + "9100"},
		{name: "unclosed element", dialog: inTheClear, spoil: replacing("</soap:Body>", ""), verb: "messageid", want: soap + "9100"},
		{name: "repeated id", dialog: inTheClear, spoil: replacing(`Id="desiredlanguages"`, `Id="body"`), verb: "messageid", want: soap + "9100"},
		{name: "unknown kind", dialog: inTheClear, spoil: replacing("soapGetMessageId.xsd", "soapGibMir.xsd"), verb: "messageid", want: soap + "9100"},
		{name: "not what it says it is", dialog: inTheClear, spoil: replacing("getMessageId></osci:getMessageId", "exitDialog></osci:exitDialog"), verb: "messageid", want: soap + "9300"},
		{name: "no challenge", dialog: inTheClear, spoil: replacing("<osci:Challenge>.*?</osci:Challenge>", ""), verb: "messageid", want: soap + "9300"},
		{name: "cipher text", spoil: words{"how": "flip"}, verb: "messageid", want: soap + "9202"},
		{name: "letter to another office", dialog: words{"intermediary": key("dave") + "-cipher.cer"}, verb: "messageid", want: soap + "9200"},
		{name: "nobody to encrypt for", dialog: inTheClear, spoil: replacing(`<osci:CipherCertificateOriginator .*?</osci:CipherCertificateOriginator>`, ""), verb: "init", want: soap + "9500"},
		{name: "changed after signing", dialog: signed, spoil: replacing(`LanguagesList="de"`, `LanguagesList="en"`), verb: "messageid", want: "9601"},
		{name: "added after signing", dialog: signed, spoil: replacing("</soap:Header>", `<x:Fach xmlns:x="urn:x" Id="fach"></x:Fach></soap:Header>`), verb: "messageid", want: "9602"},
	})
}

func TestJavaSeesFaultsOfDialogs(t *testing.T) {
	const soap = "SoapClientException "
	init := []string{"init"}
	desk := newJavaDesk(t)
	desk.storeAll() // E is for alice
	demandJavaFaults(t, desk, []javaFault{
		{name: "the same fetch again", before: init, verb: "fetch", order: words{"times": "2"}, want: soap + "9400"},
		{name: "after exit", before: []string{"init", "exit"}, verb: "messageid", want: soap + "9400"},
		{name: "other number", dialog: inTheClear, before: init, spoil: replacing(`SequenceNumber="0"`, `SequenceNumber="1"`), verb: "cards", want: soap + "9400"},
		{name: "unknown dialog", dialog: inTheClear, before: init, spoil: replacing(`ConversationId="\d+"`, `ConversationId="4711"`), verb: "cards", want: soap + "9400"},
		{name: "other response", dialog: inTheClear, before: init, spoil: replacing(`<osci:Response>.`, `<osci:Response>.`), verb: "cards", want: soap + "9400"},
		{name: "library refuses fetch without init", verb: "fetch", want: "IllegalStateException "},
	})
}

// TestJavaNeedsADialog takes the dialog out of requests. The office says 9802;
// the library does not believe it, for the answer's throw-away ConversationId
// is not that of its dialog.
func TestJavaNeedsADialog(t *testing.T) {
	desk := newJavaDesk(t)
	for n, verb := range []string{"fetch", "cards", "exit"} {
		demandJavaFaults(t, desk, []javaFault{{
			name: verb, dialog: inTheClear, before: []string{"init"}, spoil: replacing(` ConversationId="\d+"`, ""),
			verb: verb, want: "SoapClientException 9400",
		}})
		if said := len(desk.post.log.lines(`"code":"9802"`)); said != n+1 {
			t.Errorf("the office said 9802 %d times after %d orders", said, n+1)
		}
	}
}

// TestJavaGetsTheLetterAgainAfterAFault holds that a request that ended in a
// fault confirms nothing, though the library has counted on.
func TestJavaGetsTheLetterAgainAfterAFault(t *testing.T) {
	desk := newJavaDesk(t)
	desk.storeAll()
	desk.dial("bob")
	want(t, "first", desk.ask("bob", "fetch", nil)["subject"], "A")
	desk.java.must("spoil", words{"d": "bob", "how": "flip"})
	spoilt := desk.java.order("fetch", words{"d": "bob"})
	want(t, "outcome", outcome(spoilt), "SoapClientException 9202")
	desk.dial("bob")
	want(t, "again", desk.ask("bob", "fetch", nil)["subject"], "A")
}

// TestJavaSeesFaultsOfLetters is about message ids and orders not offered.
func TestJavaSeesFaultsOfLetters(t *testing.T) {
	desk := newJavaDesk(t)
	desk.store("alice", "bob", "A")
	to := words{"to": key("bob") + "-cipher.cer"}
	demandJavaFaults(t, desk, []javaFault{
		{name: "used id", verb: "store", order: to.with(words{"id": desk.ids["A"]}), want: "9801"},
		{name: "unknown id", verb: "store", order: to.with(words{"id": "poststelle.test-erfunden"}), want: "9801"},
		{name: "used id in a dialog", before: []string{"init"}, verb: "store", order: to.with(words{"id": desk.ids["A"]}), want: "9801"},
		{name: "no id", dialog: inTheClear, spoil: replacing("<osci:MessageId>.*?</osci:MessageId>", ""), verb: "store", order: to.with(words{"id": "x"}), want: "9800"},
		{name: "no addressee", dialog: inTheClear, spoil: replacing("<osci:CipherCertificateAddressee .*?</osci:CipherCertificateAddressee>", ""), verb: "store", order: to.with(words{"id": "x"}), want: "SoapClientException 9300"},
		{name: "forward", verb: "forward", order: to.with(words{"id": "x", "receiver": "http://127.0.0.1/"}), want: "9811"},
	})
	desk.dial("bob")
	wantCodes(t, desk.ask("bob", "fetch", nil), "0801") // A and nothing else
	wantCodes(t, desk.ask("bob", "fetch", nil), "9803")
}

// demanding is an office with the default policy that wants everything
// encrypted and signed and knows only registered mailboxes.
func demanding(o *officeOptions) {
	o.office.Open = false
	o.office.RequireEncryption, o.office.RequireSignature = true, true
	o.office.Encryption.Exceptions = nil
	o.office.MaxDeliveryBytes = 100_000
}

func TestJavaSeesWhatADemandingOfficeRefuses(t *testing.T) {
	const soap = "SoapClientException "
	desk := newJavaDesk(t, demanding)
	desk.post.register("bob", mailbox.Rules{ContentSignature: true})
	id := func() string {
		desk.open("alice", nil)
		return desk.ask("alice", "messageid", nil)["id"]
	}
	bob, carol := words{"to": key("bob") + "-cipher.cer"}, words{"to": key("carol") + "-cipher.cer"}
	demandJavaFaults(t, desk, []javaFault{
		{name: "plain", dialog: words{"encryption": "false"}, verb: "messageid", want: soap + "9300"},
		{name: "unsigned", dialog: words{"sign": "false"}, verb: "messageid", want: "9600"},
		{name: "unsigned init", dialog: words{"sign": "false"}, verb: "init", want: "9600"},
		{name: "AES-128-CBC", dialog: words{"sym": xmlenc10 + "aes128-cbc", "iv": "16"}, verb: "messageid", want: soap + "9202"},
		{name: "AES-256-CBC", dialog: words{"sym": xmlenc10 + "aes256-cbc", "iv": "16"}, verb: "messageid", want: soap + "9202"},
		{name: "3DES", dialog: words{"sym": xmlenc10 + "tripledes-cbc", "iv": "16"}, verb: "messageid", want: soap + "9202"},
		{name: "RSA-1_5", dialog: words{"asym": xmlenc10 + "rsa-1_5"}, verb: "messageid", want: soap + "9202"},
		{name: "addressee without mailbox", verb: "store", order: carol.with(words{"id": id()}), want: "9805"},
		{name: "too large", verb: "store", order: bob.with(words{"id": id(), "attachments": "1", "size": "200000"}), want: "9805"},
		{name: "content in the clear and unsigned", verb: "store", order: bob.with(words{"id": id(), "encrypt": "false", "contentsign": "false"}), want: "9600"},
		{name: "as it should be", verb: "store", order: bob.with(words{"id": id()}), want: "0800"},
	})
}
