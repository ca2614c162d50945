package main

import (
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestKeysNewMakesCertificatesForTheirPurpose(t *testing.T) {
	prefix := filepath.Join(t.TempDir(), "deep", "town")
	o := newOutside("POSTSTELLE_PASSWORD", "geheim", "LANG", "en")
	o.does(t, 0, "keys", "new", prefix, "--rsa", "2048")
	for purpose, want := range map[string]x509.KeyUsage{
		"cipher":    x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment,
		"signature": x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
	} {
		_, certificate, err := readP12(prefix+"-"+purpose+".p12", "geheim")
		if err != nil {
			t.Fatal(err)
		}
		if certificate.KeyUsage != want || certificate.IsCA || certificate.Subject.CommonName != "town" {
			t.Errorf("%s: usage %b, CA %t, subject %s", purpose, certificate.KeyUsage, certificate.IsCA, certificate.Subject)
		}
		if now := time.Now(); now.Before(certificate.NotBefore) || now.AddDate(2, 11, 0).After(certificate.NotAfter) {
			t.Errorf("%s: valid from %s to %s", purpose, certificate.NotBefore, certificate.NotAfter)
		}
		der, err := os.ReadFile(prefix + "-" + purpose + ".cer")
		if err != nil || string(der) != string(certificate.Raw) {
			t.Errorf("%s: .cer is another certificate, %v", purpose, err)
		}
		info, err := os.Stat(prefix + "-" + purpose + ".p12")
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", purpose, info.Mode(), err)
		}
	}
}

func TestKeysAreReadByJava(t *testing.T) {
	keytool, err := exec.LookPath("keytool")
	if err != nil {
		t.Skip("there is no keytool on this machine")
	}
	dir := t.TempDir()
	o := newOutside("POSTSTELLE_PASSWORD", "geheim")
	o.does(t, 0, "init", filepath.Join(dir, "office"))
	for _, name := range []string{"intermediary-cipher.p12", "intermediary-signature.p12"} {
		list := exec.Command(keytool, "-list", "-storetype", "PKCS12", "-storepass", "geheim", "-keystore", filepath.Join(dir, "office", name))
		if octets, err := list.CombinedOutput(); err != nil || !strings.Contains(string(octets), "PrivateKeyEntry") {
			t.Errorf("%s: %v\n%s", name, err, octets)
		}
	}
}

func TestWriteNewLeavesNothingBehindWhenItFails(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there")
	if err := os.WriteFile(there, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := writeNew(newFile{filepath.Join(dir, "first"), []byte("x"), 0o600}, newFile{there, []byte("new"), 0o600})
	if err == nil {
		t.Fatal("a file was overwritten")
	}
	if _, err := os.Stat(filepath.Join(dir, "first")); err == nil {
		t.Error("the first file stayed")
	}
	if octets, _ := os.ReadFile(there); string(octets) != "old" {
		t.Errorf("the old file holds %q", octets)
	}
}

func TestTryOutFindsAKeyOfAnotherCertificate(t *testing.T) {
	dir := t.TempDir()
	o := newOutside("POSTSTELLE_PASSWORD", "x")
	o.does(t, 0, "keys", "new", filepath.Join(dir, "a"), "--rsa", "2048")
	o.does(t, 0, "keys", "new", filepath.Join(dir, "b"), "--rsa", "2048")
	a, err := readSigner(filepath.Join(dir, "a-signature.p12"), "x")
	if err != nil {
		t.Fatal(err)
	}
	b, err := readSigner(filepath.Join(dir, "b-signature.p12"), "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := tryOut(o.app, a); err != nil {
		t.Errorf("the right key: %v", err)
	}
	a.Certificate = b.Certificate
	if err := tryOut(o.app, a); err == nil {
		t.Error("a wrong key is fine")
	}
}
