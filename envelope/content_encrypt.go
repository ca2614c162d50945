package envelope

import (
	"bytes"
	"crypto/rsa"
	"encoding/base64"
	"fmt"

	"poststelle/envelope/xmlenc"
)

// partKeys writes the EncryptedData elements that tell the readers the keys
// of the files. They stand inside the encrypted container, behind what the
// authors signed (dossier §9.3).
func (c *composer) partKeys() []byte {
	w := &writer{}
	for _, f := range c.files {
		w.start("xenc:EncryptedData", attr{"Id", partKeyPrefix + f.name}, attr{"MimeType", "text/xml"})
		encodeMethod(w, c.Method)
		w.start("ds:KeyInfo")
		w.element("ds:MgmtData", base64.StdEncoding.EncodeToString(f.key))
		w.end()
		encodeCipherReference(w, f.name)
		w.end()
	}
	return w.buf
}

// encrypt writes the container as EncryptedData for each reader.
func (c *composer) encrypt(w *writer, plain []byte) error {
	key, err := xmlenc.NewKey(c.Method, c.Rand)
	if err != nil {
		return err
	}
	w.startIn("xenc:EncryptedData", ns5, attr{"Id", encryptedDataID}, attr{"MimeType", "text/xml"})
	encodeMethod(w, c.Method)
	w.start("ds:KeyInfo")
	for i := range c.Readers {
		if err := c.encodeReader(w, c.out.Certificates[len(c.Authors)+i], key); err != nil {
			return err
		}
	}
	w.end()
	var sealed bytes.Buffer
	cipher, err := xmlenc.NewEncrypter(&sealed, key, c.Method, c.Rand)
	if err != nil {
		return err
	}
	if _, err := cipher.Write(plain); err != nil {
		return err
	}
	if err := cipher.Close(); err != nil {
		return err
	}
	encodeCipherValue(w, sealed.Bytes())
	w.end()
	return nil
}

// encodeReader writes the content key for one reader; RetrievalMethod leads to
// the cipher certificate in the message.
func (c *composer) encodeReader(w *writer, reader RoleCertificate, key []byte) error {
	public, ok := reader.Certificate.PublicKey().(*rsa.PublicKey)
	if !ok {
		return fmt.Errorf("%w: %s without an RSA key", ErrWriting, reader.Role)
	}
	wrapped, err := xmlenc.WrapKey(public, c.KeyTransport, key, c.Rand)
	if err != nil {
		return fmt.Errorf("wrapping the content key: %w", err)
	}
	w.start("xenc:EncryptedKey")
	encodeKeyTransport(w, c.KeyTransport)
	w.start("ds:KeyInfo")
	w.start("ds:RetrievalMethod", attr{"Type", NSDSig + "X509Data"}, attr{"URI", "#" + reader.ID})
	w.end()
	w.end()
	encodeCipherValue(w, wrapped)
	w.end()
	return nil
}
