package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"poststelle/envelope"
	"poststelle/envelope/client"
	"poststelle/signature"
	"poststelle/transport"
)

// clientFlags say which office a client speaks to, as whom, and how.
type clientFlags struct {
	URL                   string `name:"url" required:"" placeholder:"URL" help:"Address of the office." de:"Adresse der Poststelle."`
	Intermediary          string `required:"" placeholder:"CER" help:"The office's cipher certificate (DER or PEM)." de:"Verschlüsselungszertifikat der Poststelle (DER oder PEM)."`
	IntermediarySignature string `placeholder:"CER" help:"The office's signature certificate. Without it answers are accepted whoever signed them." de:"Signaturzertifikat der Poststelle. Ohne dieses werden Antworten angenommen, gleich wer sie signiert hat."`
	As                    string `required:"" placeholder:"NAME" help:"Who you are: path prefix of NAME-cipher.p12 and NAME-signature.p12." de:"Wer Sie sind: Anfang des Pfads von NAME-cipher.p12 und NAME-signature.p12."`
	passwordFlags
	CA       string        `name:"ca" placeholder:"PEM" help:"Roots that are believed for https instead of the system's." de:"Wurzelzertifikate, die bei https statt derer des Systems gelten."`
	Plain    bool          `help:"Send requests unencrypted." de:"Aufträge unverschlüsselt senden."`
	Unsigned bool          `help:"Send requests without a transport signature." de:"Aufträge ohne Transportsignatur senden."`
	Timeout  time.Duration `default:"10m" help:"How long one exchange may take." de:"Wie lange ein Austausch dauern darf."`
	Quiet    bool          `short:"q" help:"No progress, no remarks." de:"Kein Fortschritt, keine Bemerkungen."`
}

// passwordFlags say where the password of .p12 files is.
type passwordFlags struct {
	PasswordFile string `placeholder:"FILE" help:"File with the password of the .p12 files; else $POSTSTELLE_PASSWORD." de:"Datei mit dem Kennwort der .p12-Dateien; sonst $POSTSTELLE_PASSWORD."`
}

// read gives the password: the first line of the file, or the variable.
func (f *passwordFlags) read(a *app) (string, error) {
	if f.PasswordFile == "" {
		return a.Getenv("POSTSTELLE_PASSWORD"), nil
	}
	octets, err := os.ReadFile(f.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	line, _, _ := strings.Cut(string(octets), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}

// session is a client with what it needs from the outside.
type session struct {
	client *client.Client
	signer *signature.Signer
	spool  *transport.Spool
	folder string // of the spool
	road   *transport.Client
	meter  *meter
	sent   atomic.Int64 // octets of all requests
}

// Close drops connections and the spool's folder.
func (s *session) Close() error {
	s.road.Close()
	return os.RemoveAll(s.folder)
}

func (s *session) scratch() (envelope.ScratchFile, error) { return s.spool.New() }

// open reads keys and makes the client.
func (f *clientFlags) open(a *app) (*session, error) {
	if u, err := url.Parse(f.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usage("--url %q is no http or https address", f.URL)
	}
	password, err := f.read(a)
	if err != nil {
		return nil, err
	}
	options := client.Options{Plain: f.Plain, Unsigned: f.Unsigned, Languages: languages(a), Now: a.Now, Rand: a.Rand}
	if options.IntermediaryCipher, err = readCertificate(f.Intermediary); err != nil {
		return nil, err
	}
	if f.IntermediarySignature != "" {
		if options.IntermediarySignature, err = readCertificate(f.IntermediarySignature); err != nil {
			return nil, err
		}
	} else if !f.Quiet {
		remark(a, a.text("answers are accepted whoever signed them: name --intermediary-signature",
			"Antworten werden angenommen, gleich wer sie signiert hat: --intermediary-signature angeben"))
	}
	if options.Cipher, err = readCipher(f.As+"-cipher.p12", password); err != nil {
		return nil, err
	}
	if options.Signer, err = readSigner(f.As+"-signature.p12", password); err != nil {
		return nil, err
	}
	return f.connect(a, options)
}

// connect makes spool, HTTP client and client.
func (f *clientFlags) connect(a *app, options client.Options) (*session, error) {
	folder, err := os.MkdirTemp("", "poststelle-client-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for scratch files: %w", err)
	}
	s := &session{signer: options.Signer, folder: folder, meter: newMeter(a, f.Quiet)}
	if s.spool, err = transport.NewSpool(transport.SpoolOptions{Dir: folder}); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	if s.road, err = transport.NewClient(transport.ClientOptions{
		Spool: s.spool, Timeout: f.Timeout, RootFile: f.CA, Watch: s.meter.watchAnswer,
	}); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	options.Scratch = s.scratch
	options.Post = func(ctx context.Context, p envelope.Parcel) (envelope.Sealed, error) {
		s.sent.Add(p.Size())
		body, err := s.road.Post(ctx, f.URL, s.meter.watch(p))
		if err != nil {
			return envelope.Sealed{}, err
		}
		return envelope.Sealed{Body: body}, nil
	}
	if s.client, err = client.New(options); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// languages are what the office's texts should be in.
func languages(a *app) []string {
	if a.Lang == "en" {
		return []string{"en", "de"}
	}
	return []string{"de", "en"}
}

// readCertificate reads a certificate in DER or PEM.
func readCertificate(path string) (*signature.Certificate, error) {
	octets, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a certificate: %w", err)
	}
	if block, _ := pem.Decode(octets); block != nil && block.Type == "CERTIFICATE" {
		octets = block.Bytes
	}
	certificate, err := signature.ParseCertificate(octets)
	if err != nil {
		return nil, fmt.Errorf("reading certificate %s: %w", path, err)
	}
	return certificate, nil
}

// readP12 reads a key with its certificate.
func readP12(path, password string) (crypto.PrivateKey, *x509.Certificate, error) {
	octets, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, hinted(fmt.Errorf("reading a key: %w", err), "poststelle keys new NAME makes NAME-cipher.p12 and NAME-signature.p12")
	}
	key, certificate, _, err := pkcs12.DecodeChain(octets, password)
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return nil, nil, hinted(fmt.Errorf("reading key %s: the password is wrong", path), "give it by --password-file or POSTSTELLE_PASSWORD")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading key %s: %w", path, err)
	}
	return key, certificate, nil
}

func readCipher(path, password string) (envelope.CipherKey, error) {
	key, certificate, err := readP12(path, password)
	if err != nil {
		return envelope.CipherKey{}, err
	}
	decrypter, ok := key.(crypto.Decrypter)
	if !ok {
		return envelope.CipherKey{}, fmt.Errorf("key %s cannot decrypt: OSCI wants RSA", path)
	}
	return envelope.CipherKey{Certificate: signature.NewCertificate(certificate), Key: decrypter}, nil
}

func readSigner(path, password string) (*signature.Signer, error) {
	key, certificate, err := readP12(path, password)
	if err != nil {
		return nil, err
	}
	signs, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("key %s cannot sign", path)
	}
	return &signature.Signer{Key: signs, Certificate: signature.NewCertificate(certificate)}, nil
}
