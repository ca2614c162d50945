package transport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// identity makes a server certificate for loopback and a file to believe it by.
func identity(t *testing.T) (c tls.Certificate, rootFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	rootFile = filepath.Join(t.TempDir(), "root.pem")
	octets := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(rootFile, octets, 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, rootFile
}

func TestTLSCarriesLetters(t *testing.T) {
	certificate, root := identity(t)
	d := open(t, ServerOptions{TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}})
	client := newClient(t, ClientOptions{RootFile: root})
	file, err := client.Post(t.Context(), "https://"+d.osci, say("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if got := sayBack(file).String(); got != "hello" {
		t.Errorf("answer %q", got)
	}
	file.Close()
}

func TestClientRefusesAnUnknownServer(t *testing.T) {
	certificate, _ := identity(t)
	d := open(t, ServerOptions{Exchange: never(t), TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}})
	_, other := identity(t)
	for _, root := range []string{"", other} {
		if _, err := newClient(t, ClientOptions{RootFile: root}).Post(t.Context(), "https://"+d.osci, say("hello")); !errors.Is(err, ErrNotReached) {
			t.Errorf("err = %v", err)
		}
	}
}

func TestServerRefusesOldTLSAndHTTP2(t *testing.T) {
	certificate, _ := identity(t)
	d := open(t, ServerOptions{TLS: &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS10, NextProtos: []string{"h2"},
	}})
	for version, accepted := range map[uint16]bool{
		tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true,
	} {
		c, err := tls.Dial("tcp", d.osci, &tls.Config{
			InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, NextProtos: []string{"h2", "http/1.1"},
		})
		if (err == nil) != accepted {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		if err == nil {
			if got := c.ConnectionState().NegotiatedProtocol; got != "http/1.1" {
				t.Errorf("protocol %q", got)
			}
			c.Close()
		}
	}
}

func TestClientRefusesOldTLS(t *testing.T) {
	certificate, root := identity(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	heard := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			err = c.(*tls.Conn).Handshake()
			c.Close()
		}
		heard <- err
	}()
	client := newClient(t, ClientOptions{RootFile: root, TLS: &tls.Config{MinVersion: tls.VersionTLS10}})
	if _, err := client.Post(t.Context(), "https://"+l.Addr().String(), say("hello")); !errors.Is(err, ErrNotReached) {
		t.Errorf("err = %v", err)
	}
	if err := <-heard; err == nil {
		t.Error("the handshake was completed")
	}
}
