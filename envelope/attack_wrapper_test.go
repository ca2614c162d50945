package envelope

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"poststelle/envelope/xmlenc"
)

// octetParcel is a parcel of octets that are there already.
type octetParcel struct{ *bytes.Reader }

func (octetParcel) Close() error { return nil }

// wrapped encrypts octets for the office of the recordings.
func wrapped(t testing.TB, plain []byte, e *Encryption) []byte {
	t.Helper()
	parcel, err := encryptParcel(octetParcel{bytes.NewReader(plain)}, SealOptions{Encryption: e, Rand: randomReader{}})
	if err != nil {
		t.Fatal(err)
	}
	return parcelOctets(t, parcel)
}

func defaultEncryption(t testing.TB) *Encryption { return encryptions(t)[1] }

// cipherPart is where the ciphertext stands.
func cipherPart(t testing.TB, octets []byte) (start, end int) {
	t.Helper()
	l, err := (&Opener{}).readLayer(sealedBytes(octets).Body)
	if err != nil {
		t.Fatal(err)
	}
	p := l.mime.parts[0]
	return int(p.offset), int(p.offset + p.size)
}

// TestChangedWrappersAreRefused (items 40 to 47; dossier §4.1).
func TestChangedWrappersAreRefused(t *testing.T) {
	octets := wrapped(t, recordingOctets(t, attacked), defaultEncryption(t))
	method := between(t, octets, `<xenc:EncryptionMethod Algorithm="`+NSXEnc11+`aes256-gcm">`, "</xenc:EncryptionMethod>")
	length := between(t, octets, "<osci128:IvLength", "</osci128:IvLength>")
	mask := between(t, octets, "<xenc11:MGF", "</xenc11:MGF>")
	key := between(t, octets, "<xenc:EncryptedKey>", "</xenc:EncryptedKey>")
	reference := between(t, octets, "<xenc:CipherReference", "</xenc:CipherReference>")
	x509 := between(t, octets, "<ds:X509Certificate>", "</ds:X509Certificate>")
	for name, c := range map[string]struct {
		old, new string
		want     error
	}{
		"IvLength 13":                 {`Value="12"`, `Value="13"`, ErrDecrypt},
		"IvLength 0":                  {`Value="12"`, `Value="0"`, ErrDecrypt},
		"IvLength is a word":          {`Value="12"`, `Value="x"`, ErrDecrypt},
		"IvLength without Value":      {` Value="12"`, ``, ErrDecrypt},
		"IvLength 16 where it is not": {`Value="12"`, `Value="16"`, ErrDecrypt},
		"no IvLength where IV is 12":  {length, "", ErrDecrypt},
		"two IvLengths":               {length, length + length, ErrEncrypted},
		"unknown cipher":              {"#aes256-gcm", "#aes512-gcm", ErrDecrypt},
		"shorter cipher":              {"#aes256-gcm", "#aes128-gcm", ErrDecrypt},
		"cipher without a tag":        {"http://www.w3.org/2009/xmlenc11#aes256-gcm", "http://www.w3.org/2001/04/xmlenc#aes256-cbc", ErrDecrypt},
		"KeySize":                     {method, strings.Replace(method, "</xenc", "<xenc:KeySize>256</xenc:KeySize></xenc", 1), ErrEncrypted},
		"no method":                   {method, "", ErrEncrypted},
		"unknown key transport":       {"xmlenc11#rsa-oaep", "xmlenc11#rsa-oaeq", ErrDecrypt},
		"old OAEP":                    {"http://www.w3.org/2009/xmlenc11#rsa-oaep", "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", ErrDecrypt},
		"RSA-1_5 in place of OAEP":    {"http://www.w3.org/2009/xmlenc11#rsa-oaep", "http://www.w3.org/2001/04/xmlenc#rsa-1_5", ErrDecrypt},
		"no mask function":            {mask, "", ErrDecrypt},
		"other mask function":         {"#mgf1sha256", "#mgf1sha512", ErrDecrypt},
		"other digest":                {`<ds:DigestMethod Algorithm="` + NSXEnc + `sha256"`, `<ds:DigestMethod Algorithm="` + NSXEnc + `sha512"`, ErrDecrypt},
		"OAEPparams":                  {mask, mask + "<xenc:OAEPparams>AA==</xenc:OAEPparams>", ErrEncrypted},
		"no key":                      {key, "", ErrEncrypted},
		"too many keys":               {key, strings.Repeat(key, maxKeys+1), ErrEncrypted},
		"key without certificate":     {x509, "", ErrEncrypted},
		"two certificates in a key":   {x509, x509 + x509, ErrEncrypted},
		"certificate is none":         {x509, "<ds:X509Certificate>AAAA</ds:X509Certificate>", ErrEncrypted},
		"key is no base64":            {"<xenc:CipherValue>", "<xenc:CipherValue>!", ErrEncrypted},
		"key is too long":             {"<xenc:CipherValue>", "<xenc:CipherValue>AAAA", ErrDecrypt},
		"no reference":                {reference, "", ErrEncrypted},
		"reference to the web":        {"cid:osci_enc", "http://127.0.0.1:9/", ErrEncrypted},
		"reference without a scheme":  {"cid:osci_enc", "osci_enc", ErrEncrypted},
		"reference to another part":   {"cid:osci_enc", "cid:osci_dec", ErrEncrypted},
		"text in the Body":            {"<soap:Body>", "<soap:Body>text", ErrEncrypted},
		"order beside the data":       {"<soap:Body>", "<soap:Body><osci:initDialog xmlns:osci=\"" + NSOSCI + "\"/>", ErrEncrypted},
		"Header":                      {"<soap:Body>", "<soap:Header></soap:Header><soap:Body>", ErrEncrypted},
		"schema of a request":         {"soapMessageEncrypted.xsd", "soapStoreDelivery.xsd", ErrStructure},
		"two equal Ids":               {"<soap:Body>", `<soap:Body Id="a"><a Id="a"/>`, ErrDuplicateID},
		"other root element":          {"<soap:Envelope", `<soap:Other xsi:schemaLocation="` + schemaLocation("MessageEncrypted") + `" xmlns:xsi="` + NSXSI + `" xmlns:soap="` + NSSOAP + `"/><x`, ErrXML},
	} {
		t.Run(name, func(t *testing.T) {
			err := openError(t, testOpener(t), changed(t, octets, c.old, c.new))
			if !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

// TestWrapperIsASOAPEnvelope, whatever its schemaLocation says.
func TestWrapperIsASOAPEnvelope(t *testing.T) {
	octets := wrapped(t, recordingOctets(t, attacked), defaultEncryption(t))
	text := strings.NewReplacer("<soap:Envelope", "<soap:Letter", "</soap:Envelope", "</soap:Letter").Replace(string(octets))
	if err := openError(t, testOpener(t), []byte(text)); !errors.Is(err, ErrEncrypted) {
		t.Error(err)
	}
}

// TestToleratedWrappersOpen (items 38, 39, 46).
func TestToleratedWrappersOpen(t *testing.T) {
	sixteen := *defaultEncryption(t)
	sixteen.Method.IVSize = 16
	plain := recordingOctets(t, attacked)
	octets := wrapped(t, plain, &sixteen)
	key := between(t, octets, "<xenc:EncryptedKey>", "</xenc:EncryptedKey>")
	foreign := *defaultEncryption(t)
	foreign.Certificate = loadPerson(t, "dave-cipher").certificate
	other := between(t, wrapped(t, plain, &foreign), "<xenc:EncryptedKey>", "</xenc:EncryptedKey>")
	for name, c := range map[string][2]string{
		"IV of 16 without IvLength": {"", ""},
		"IV of 16 with IvLength":    {`aes256-gcm">`, `aes256-gcm"><osci128:IvLength xmlns:osci128="` + NSOSCI128 + `" Value="16"/>`},
		"as the .NET library":       {`MimeType="Multipart/Related"`, `Id="Attachment" MimeType="text/xml"`},
		"without schemaLocation":    {"xsi:schemaLocation", "other"},
		"key for somebody else too": {key, other + key},
		"without a transform":       {between(t, octets, "<xenc:Transforms>", "</xenc:Transforms>"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := openOctets(t, testOpener(t), changed(t, octets, c[0], c[1]))
			if !m.Signature.Complete() || m.Encryption.Method.IVSize != 16 || !bytes.Equal(plainOctets(t, m), plain) {
				t.Errorf("complete %v, %+v", m.Signature.Complete(), m.Encryption)
			}
		})
	}
}

// TestWrapperInAWrapperIsRefused (dossier §19.1 step 7).
func TestWrapperInAWrapperIsRefused(t *testing.T) {
	once := wrapped(t, recordingOctets(t, attacked), defaultEncryption(t))
	if err := openError(t, testOpener(t), wrapped(t, once, defaultEncryption(t))); !errors.Is(err, ErrEncrypted) {
		t.Error(err)
	}
}

// TestCipherPartStandsAlone: a part beside it would be signed by nobody.
func TestCipherPartStandsAlone(t *testing.T) {
	octets := string(wrapped(t, recordingOctets(t, attacked), defaultEncryption(t)))
	boundary := octets[strings.Index(octets, "\r\n--")+2 : strings.Index(octets, "\r\nContent-Type: text/xml")]
	extra := strings.TrimSuffix(octets, "--\r\n") + "\r\nContent-ID: <x>\r\n\r\nx\r\n" + boundary + "--\r\n"
	if err := openError(t, testOpener(t), []byte(extra)); !errors.Is(err, ErrEncrypted) {
		t.Error(err)
	}
	root := octets[:strings.Index(octets, "\r\n"+boundary+"\r\nContent-Type: application")] + "\r\n" + boundary + "--\r\n"
	if err := openError(t, testOpener(t), []byte(root)); !errors.Is(err, ErrEncrypted) {
		t.Error(err)
	}
}

// TestEveryTamperingIsTheSameError (item 48): IV, ciphertext, tag, key and
// forbidden algorithms are told apart by nobody who sees the error's class;
// in the first four even the text is one.
func TestEveryTamperingIsTheSameError(t *testing.T) {
	octets := wrapped(t, recordingOctets(t, attacked), defaultEncryption(t))
	start, end := cipherPart(t, octets)
	value := bytes.Index(octets, []byte("<xenc:CipherValue>")) + len("<xenc:CipherValue>") + 40
	texts := map[string]bool{}
	for _, at := range []int{start, start + 11, start + 12, start + 1000, end - 17, end - 16, end - 1, value} {
		flipped := bytes.Clone(octets)
		switch {
		case at != value:
			flipped[at] ^= 1
		case flipped[at] == 'A': // a character of base64
			flipped[at] = 'B'
		default:
			flipped[at] = 'A'
		}
		err := openError(t, testOpener(t), flipped)
		if !errors.Is(err, ErrDecrypt) {
			t.Errorf("octet %d: %v", at, err)
		}
		texts[err.Error()] = true
	}
	if len(texts) != 1 {
		t.Errorf("%d texts: %v", len(texts), texts)
	}
}

// TestCipherWithoutATagTellsNothing: with CBC a changed ciphertext may decrypt
// to anything; whatever that is no message of is a failed decryption.
func TestCipherWithoutATagTellsNothing(t *testing.T) {
	cbc := encryptions(t)[4]
	octets := wrapped(t, recordingOctets(t, attacked), cbc)
	start, end := cipherPart(t, octets)
	for _, at := range []int{start, start + 16, start + 700, start + 1500, end - 33, end - 1} {
		flipped := bytes.Clone(octets)
		flipped[at] ^= 0x80
		m, err := testOpener(t).Open(context.Background(), sealedBytes(flipped))
		if err == nil { // a change in the middle of a text is for the signature
			if m.Signature.Valid() {
				t.Errorf("octet %d: changed and valid", at)
			}
			m.Close()
			continue
		}
		if !errors.Is(err, ErrDecrypt) || errors.Is(err, ErrMIME) || errors.Is(err, ErrXML) {
			t.Errorf("octet %d: %v", at, err)
		}
	}
	if err := openError(t, testOpener(t), wrapped(t, []byte("no message"), cbc)); !errors.Is(err, ErrDecrypt) || errors.Is(err, ErrMIME) {
		t.Error(err)
	}
	if err := openError(t, testOpener(t), wrapped(t, []byte("no message"), defaultEncryption(t))); errors.Is(err, ErrDecrypt) || !errors.Is(err, ErrMIME) {
		t.Errorf("with a tag the octets are the sender's: %v", err)
	}
}

// TestForbiddenAlgorithmsAreRefused without an exception (item 42).
func TestForbiddenAlgorithmsAreRefused(t *testing.T) {
	o := testOpener(t)
	for _, name := range []string{"init-legacy-cbc-rsa15", "store-aes128-cbc", "store-rsa15"} {
		octets := recordingOctets(t, name)
		o.Encryption = legacy()
		openOctets(t, o, octets)
		o.Encryption = xmlenc.Policy{}
		if err := openError(t, o, octets); !errors.Is(err, ErrDecrypt) || !errors.Is(err, xmlenc.ErrAlgorithm) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUnknownKeyIsSaid (item 47), and rolled-over keys both open (item 56).
func TestUnknownKeyIsSaid(t *testing.T) {
	o := testOpener(t)
	octets := recordingOctets(t, "store-office-4096")
	openOctets(t, o, octets)
	openOctets(t, o, recordingOctets(t, "init-encrypted-signed"))
	o.Keys = o.Keys[:1]
	if err := openError(t, o, octets); !errors.Is(err, ErrUnknownKey) {
		t.Error(err)
	}
}

// countedFile counts what is open.
type countedFile struct {
	memoryFile
	open *int
}

func (c *countedFile) Close() error { *c.open--; return nil }

// TestOpenClosesItsFiles, also where it fails, and Message.Close the rest.
func TestOpenClosesItsFiles(t *testing.T) {
	good := wrapped(t, recordingOctets(t, attacked), defaultEncryption(t))
	start, end := cipherPart(t, good)
	flip := func(at int) []byte {
		flipped := bytes.Clone(good)
		flipped[at] ^= 1
		return flipped
	}
	for name, octets := range map[string][]byte{
		"good": good, "cut off": good[:end], "tampered": flip(start + 100), "tag": flip(end - 1), "root": flip(bytes.Index(good, []byte("<soap:Body>")) + 1),
		"no letter inside":  wrapped(t, []byte("x"), defaultEncryption(t)),
		"bad letter inside": wrapped(t, changed(t, recordingOctets(t, attacked), `Id="body"`, ""), defaultEncryption(t)),
	} {
		open := 0
		o := testOpener(t)
		o.Scratch = func() (ScratchFile, error) { open++; return &countedFile{open: &open}, nil }
		body, _ := o.Scratch()
		body.Write(octets)
		m, err := o.Open(context.Background(), Sealed{Body: body})
		if err == nil {
			if open != 2 {
				t.Errorf("%s: %d files while the message is open", name, open)
			}
			m.Close()
			m.Close()
		}
		if (err == nil) != (name == "good") || open != 0 {
			t.Errorf("%s: error %v, %d files left", name, err, open)
		}
	}
}

// TestTroubleIsNoRefusal: what the world does wrong has no sentinel.
func TestTroubleIsNoRefusal(t *testing.T) {
	octets := wrapped(t, recordingOctets(t, attacked), defaultEncryption(t))
	broken := errors.New("disk is full")
	o := testOpener(t)
	o.Scratch = func() (ScratchFile, error) { return nil, broken }
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	_, scratch := o.Open(context.Background(), sealedBytes(octets))
	_, ended := testOpener(t).Open(cancelled, sealedBytes(octets))
	o.Scratch = func() (ScratchFile, error) { return &fullFile{err: broken}, nil }
	_, full := o.Open(context.Background(), sealedBytes(octets))
	for _, c := range []struct{ got, want error }{{scratch, broken}, {ended, context.Canceled}, {full, broken}} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%v, want %v", c.got, c.want)
		}
		for _, sentinel := range []error{ErrMIME, ErrTruncated, ErrTooLarge, ErrXML, ErrKind, ErrEncrypted, ErrUnknownKey, ErrDecrypt, ErrStructure, ErrDuplicateID, ErrControl} {
			if errors.Is(c.got, sentinel) {
				t.Errorf("%v is a %v", c.got, sentinel)
			}
		}
	}
}

// fullFile takes nothing.
type fullFile struct {
	memoryFile
	err error
}

func (f *fullFile) Write([]byte) (int, error) { return 0, f.err }
