package envelope

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"poststelle/signature/xmltree"
)

func faultText(t *testing.T, f Fault) string {
	t.Helper()
	parcel, err := f.Parcel(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	defer parcel.Close()
	var b bytes.Buffer
	if n, err := parcel.WriteTo(&b); err != nil || n != parcel.Size() {
		t.Fatalf("wrote %d of %d: %v", n, parcel.Size(), err)
	}
	m := scan(t, b.String())
	if len(m.parts) != 0 || m.root.contentID != "osci@message" || m.root.charset != "utf-8" {
		t.Errorf("%+v", m)
	}
	return content(t, m, m.root)
}

func parseFault(t *testing.T, text string) (*Fault, bool) {
	t.Helper()
	doc, err := xmltree.Parse([]byte(text), xmltree.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return decodeFault(doc)
}

func TestFaultIsWrittenAsTheLibrariesReadIt(t *testing.T) {
	got := faultText(t, NewFault(CodeDialogWrong, []string{"en"}))
	want := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\r\n" +
		`<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:osci="http://www.osci.de/2002/04/osci"><soap:Body><soap:Fault>` +
		`<faultcode>soap:Client</faultcode><faultstring>The dialog data are wrong: ConversationId, SequenceNumber or Response does not match.</faultstring>` +
		`<detail><osci:Code>9400</osci:Code></detail></soap:Fault></soap:Body></soap:Envelope>`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestFaultsAreReadBackAndNameTheParty(t *testing.T) {
	for _, code := range Codes() {
		if !code.Fault() {
			continue
		}
		for _, languages := range [][]string{nil, {"en"}} {
			fault := NewFault(code, languages)
			text := faultText(t, fault)
			server := code == "9000" || code == "9503"
			if strings.Contains(text, "<faultcode>soap:Server<") != server || strings.Contains(text, "schemaLocation") {
				t.Errorf("%s: %s", code, text)
			}
			if back, ok := parseFault(t, text); !ok || *back != fault {
				t.Errorf("%s: read back as %+v", code, back)
			}
		}
	}
}

func TestFaultNeverCarriesOtherTextThanTheCatalogue(t *testing.T) {
	fault := Fault{Code: CodeMessageInvalid, Text: "cannot open /etc/keys <secret>"}
	text := faultText(t, fault)
	if strings.Contains(text, "secret") || !strings.Contains(text, CodeMessageInvalid.Text("de")) {
		t.Error(text)
	}
}

func TestFaultRefusesCodesThatAreNoErrors(t *testing.T) {
	for _, code := range []Code{"0800", "3800", "9999", ""} {
		if _, err := (Fault{Code: code}).Parcel(rand.Reader); err == nil {
			t.Errorf("%q was framed", code)
		}
	}
	if _, err := NewFault(CodeInternal, nil).Parcel(strings.NewReader("")); err == nil {
		t.Error("fault without a boundary")
	}
}

func TestFaultIsReadQualifiedAndUnqualified(t *testing.T) {
	const open = `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:osci="http://www.osci.de/2002/04/osci">`
	for body, want := range map[string]Fault{
		`<soap:Body><soap:Fault><faultcode>soap:Client</faultcode><faultstring> a </faultstring><detail><osci:Code>9100</osci:Code></detail></soap:Fault></soap:Body>`:                               {"9100", "a"},
		`<soap:Body><soap:Fault><soap:faultcode>soap:Client</soap:faultcode><soap:faultstring>b</soap:faultstring><soap:detail><osci:Code> 9201 </osci:Code></soap:detail></soap:Fault></soap:Body>`: {"9201", "b"},
		`<soap:Body><soap:Fault><faultstring>c</faultstring><detail><Code>9000</Code></detail></soap:Fault></soap:Body>`:                                                                             {"9000", "c"},
		`<soap:Body><soap:Fault><faultstring>d</faultstring><detail><osci:Code>91x0</osci:Code></detail></soap:Fault></soap:Body>`:                                                                   {"", "d"},
		`<soap:Body><soap:Fault><faultstring>e</faultstring><detail><osci:Code>91000</osci:Code></detail></soap:Fault></soap:Body>`:                                                                  {"", "e"},
		`<soap:Body><soap:Fault><faultstring>f</faultstring><detail></detail></soap:Fault></soap:Body>`:                                                                                              {"", "f"},
		`<soap:Body><soap:Fault></soap:Fault></soap:Body>`: {},
	} {
		got, ok := parseFault(t, open+body+"</soap:Envelope>")
		if !ok || *got != want {
			t.Errorf("%s: %+v %v", body, got, ok)
		}
	}
	for _, other := range []string{open + "<soap:Body></soap:Body></soap:Envelope>", open + "</soap:Envelope>", open + "<soap:Body><Fault></Fault></soap:Body></soap:Envelope>", strings.NewReplacer("soap:Envelope", "soap:Other").Replace(open + "<soap:Body><soap:Fault></soap:Fault></soap:Body></soap:Envelope>")} {
		if got, ok := parseFault(t, other); ok {
			t.Errorf("%s: %+v", other, got)
		}
	}
}

func TestFaultIsAnError(t *testing.T) {
	var fault Fault
	err := error(NewFault(CodeKeyUnknown, []string{"en"}))
	if !errors.As(err, &fault) || !strings.HasPrefix(err.Error(), `envelope: fault "9200": "The message`) {
		t.Error(err)
	}
	if long := (Fault{Code: "9100", Text: strings.Repeat("x", 1<<20)}).Error(); len(long) > 300 {
		t.Errorf("error of %d octets", len(long))
	}
}
