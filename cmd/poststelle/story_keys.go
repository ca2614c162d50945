package main

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
	"software.sslmate.com/src/go-pkcs12"
)

// storyPassword protects the demo's keys, which are good for nothing else.
const storyPassword = "demo"

// party is somebody in the story.
type party struct {
	// file is the path prefix of the keys, in the story's folder.
	file, name string
}

// storyPKI is a certification authority with one day to live.
type storyPKI struct {
	app    *app
	folder string
	root   *keyPair
}

// newStoryPKI makes the root, which is kept as ca.cer.
func newStoryPKI(a *app, folder string) (*storyPKI, error) {
	root, err := a.newKey(p256)
	if err != nil {
		return nil, err
	}
	p := &storyPKI{app: a, folder: folder}
	template := p.template("Demo-CA", x509.KeyUsageCertSign|x509.KeyUsageCRLSign)
	template.IsCA = true
	der, err := x509.CreateCertificate(a.Rand, template, template, root.Public(), root)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	p.root = &keyPair{root, certificate}
	return p, writeNew(newFile{filepath.Join(folder, "ca.cer"), der, 0o644})
}

func (p *storyPKI) template(name string, usage x509.KeyUsage) *x509.Certificate {
	serial := make([]byte, 16)
	p.app.Rand.Read(serial)
	serial[0] = serial[0]&0x7f | 0x40
	now := p.app.Now().UTC()
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial), Subject: pkix.Name{CommonName: name, Organization: []string{"Demo"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, 30), KeyUsage: usage, BasicConstraintsValid: true,
	}
}

// issue makes the two keys of each party, several at a time.
func (p *storyPKI) issue(parties ...party) error {
	var group errgroup.Group
	group.SetLimit(4)
	for _, one := range parties {
		group.Go(func() error { return p.make(one, forCipher, rsa3072) })
		group.Go(func() error { return p.make(one, forSignature, p256) })
	}
	return group.Wait()
}

func (p *storyPKI) make(one party, what purpose, kind string) error {
	key, err := p.app.newKey(kind)
	if err != nil {
		return fmt.Errorf("making a key: %w", err)
	}
	template := p.template(one.name, what.keyUsage())
	template.Subject.OrganizationalUnit = []string{string(what)}
	der, err := x509.CreateCertificate(p.app.Rand, template, p.root.certificate, key.Public(), p.root.key)
	if err != nil {
		return fmt.Errorf("issuing a certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	chain := []*x509.Certificate{p.root.certificate}
	octets, err := pkcs12.Modern2023.WithRand(p.app.Rand).Encode(key, certificate, chain, storyPassword)
	if err != nil {
		return err
	}
	path := filepath.Join(p.folder, one.file+"-"+string(what))
	return writeNew(newFile{path + ".p12", octets, 0o600}, newFile{path + ".cer", der, 0o644})
}
