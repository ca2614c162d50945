package xmlenc

import (
	"crypto/cipher"
	"encoding/binary"
)

// element is a number of GF(2^128) as GHASH writes it: the first octet holds
// the coefficients of the lowest powers (NIST SP 800-38D, 6.3).
type element struct{ hi, lo uint64 }

func load(b []byte) element {
	return element{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

func (e element) store(b []byte) {
	binary.BigEndian.PutUint64(b, e.hi)
	binary.BigEndian.PutUint64(b[8:], e.lo)
}

func (e element) add(f element) element { return element{e.hi ^ f.hi, e.lo ^ f.lo} }

// mul multiplies without a branch or table that depends on the operands: one
// of them is the hash key (SP 800-38D, 6.3, algorithm 1).
func (e element) mul(f element) element {
	var z element
	v := f
	for i := 0; i < 128; i++ {
		var bit uint64
		if i < 64 {
			bit = e.hi >> (63 - i) & 1
		} else {
			bit = e.lo >> (127 - i) & 1
		}
		mask := -bit
		z.hi ^= v.hi & mask
		z.lo ^= v.lo & mask
		carry := -(v.lo & 1)
		v.lo = v.lo>>1 | v.hi<<63
		v.hi = v.hi>>1 ^ carry&(0xe1<<56)
	}
	return z
}

// pow is e to the power n, n ≥ 1; the exponents here are public lengths.
func (e element) pow(n uint64) element {
	result, have := element{}, false
	for square := e; n > 0; n >>= 1 {
		if n&1 == 1 {
			if have {
				result = result.mul(square)
			} else {
				result, have = square, true
			}
		}
		square = square.mul(square)
	}
	return result
}

// ghash is GHASH over a stream. The standard library has the fast GHASH only
// inside its AEAD: Seal with a message as additional data and no plaintext
// gives GHASH(message, lengths) under a mask. For each chunk that value is
// taken, the mask and the lengths are removed, and the chunks are joined with
// powers of the hash key.
type ghash struct {
	aead  cipher.AEAD
	nonce []byte
	mask  element // what Seal adds to GHASH for this nonce
	h     element // the hash key
	state element
	// power is the hash key to the number of blocks in a whole chunk.
	power element
	out   [tagSize]byte
}

// chunkSize is how much is hashed in one go, a multiple of the block size.
const chunkSize = 64 << 10

func newGHASH(block cipher.Block) (*ghash, error) {
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	g := &ghash{aead: aead, nonce: make([]byte, aead.NonceSize())}
	var zero [16]byte
	block.Encrypt(zero[:], zero[:])
	g.h = load(zero[:])
	// With nothing to hash, Seal gives the mask alone: GHASH of one block of
	// zero lengths is zero.
	g.mask = load(g.aead.Seal(g.out[:0], g.nonce, nil, nil))
	g.power = g.h.pow(chunkSize / 16)
	return g, nil
}

// chunk hashes the next octets; all chunks but the last are whole.
func (g *ghash) chunk(octets []byte) {
	if len(octets) == 0 {
		return
	}
	// Seal gives sum(chunk)·h + lengths·h + mask, where sum(chunk) is what a
	// running GHASH would have after the chunk.
	sealed := load(g.aead.Seal(g.out[:0], g.nonce, nil, octets)).add(g.mask)
	lengths := element{hi: uint64(len(octets)) * 8}.mul(g.h)
	shifted := sealed.add(lengths) // sum(chunk)·h
	blocks := uint64(len(octets)+15) / 16
	power := g.power
	if blocks != chunkSize/16 {
		power = g.h.pow(blocks)
	}
	// The state is kept multiplied by h once more than GHASH itself, so that
	// no division is needed.
	g.state = g.state.mul(power).add(shifted)
}

// sum ends the hash with the block of lengths, in octets, of additional data
// (always none here) and text.
func (g *ghash) sum(length uint64) element {
	// state = GHASH'(text)·h; GHASH = GHASH'(text)·h + lengths·h.
	return g.state.add(element{lo: length * 8}.mul(g.h))
}
