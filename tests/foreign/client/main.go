// Command client checks a transparency log with golang.org/x/mod/sumdb/{note,tlog}, which nobody here wrote.
//
//	client check URL VKEY [-token T] [-since FILE] [-cosigner VKEY]...
//	client proof VKEY PROOF ENTRY
//
// It prints "ok <size>" and a line "cosigned <name> <time>" for each cosigner found, or what is wrong, and ends with 1.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) >= 3 && args[0] == "check":
		return check(args[1], args[2], args[3:])
	case len(args) == 4 && args[0] == "proof":
		return checkProof(args[1], args[2], args[3])
	}
	return errors.New("check URL VKEY …, or proof VKEY PROOF ENTRY")
}

func check(url, vkey string, flags []string) error {
	log := &server{}
	var since string
	var cosigners []string
	for ; len(flags) >= 2; flags = flags[2:] {
		switch flags[0] {
		case "-token":
			log.token = flags[1]
		case "-since":
			since = flags[1]
		case "-cosigner":
			cosigners = append(cosigners, flags[1])
		}
	}
	if err := log.at(url); err != nil {
		return err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	signed, err := log.get("checkpoint")
	if err != nil {
		return err
	}
	opened, tree, err := openCheckpoint(signed, verifier)
	if err != nil {
		return err
	}
	hashes := tlog.TileHashReader(tree, log)
	if err := checkRecords(log, tree, hashes); err != nil {
		return err
	}
	if since != "" {
		kept, err := os.ReadFile(since)
		if err != nil {
			return err
		}
		if err := checkSince(kept, verifier, tree, hashes); err != nil {
			return err
		}
	}
	fmt.Println("ok", tree.N)
	return printCosigners(opened, cosigners)
}

// openCheckpoint: x/mod's own ParseTree knows one origin only, so the three lines are read here.
func openCheckpoint(signed []byte, verifier note.Verifier) (*note.Note, tlog.Tree, error) {
	var tree tlog.Tree
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return nil, tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return nil, tree, errors.New("no checkpoint of this origin")
	}
	tree.N, err = strconv.ParseInt(lines[1], 10, 64)
	if err != nil || tree.N < 0 || strconv.FormatInt(tree.N, 10) != lines[1] {
		return nil, tree, errors.New("no size")
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return opened, tree, err
}

// checkRecords: every entry's hash is the one in the tree, and x/mod's proofs of some of them hold.
func checkRecords(log *server, tree tlog.Tree, hashes tlog.HashReader) error {
	for first := int64(0); first < tree.N; first += 1 << height {
		tile := tlog.Tile{H: height, L: -1, N: first >> height, W: int(min(1<<height, tree.N-first))}
		bundle, err := log.get(path(tile))
		if err != nil {
			return err
		}
		indexes := make([]int64, tile.W)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
		}
		wanted, err := hashes.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i, want := range wanted {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return fmt.Errorf("entry %d is cut off", first+int64(i))
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			if tlog.RecordHash(bundle[2:end]) != want {
				return fmt.Errorf("entry %d is not the one in the tree", first+int64(i))
			}
			bundle = bundle[end:]
		}
		if len(bundle) > 0 {
			return errors.New("a bundle has surplus bytes")
		}
	}
	for _, index := range []int64{0, tree.N / 2, tree.N - 1} {
		proof, err := tlog.ProveRecord(tree.N, index, hashes)
		if err != nil {
			return err
		}
		leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf[0]); err != nil {
			return err
		}
	}
	return nil
}

// checkSince: the log of today has grown out of the one of then.
func checkSince(kept []byte, verifier note.Verifier, tree tlog.Tree, hashes tlog.HashReader) error {
	_, old, err := openCheckpoint(kept, verifier)
	if err != nil {
		return err
	}
	if old.N > tree.N {
		return errors.New("the log has become smaller")
	}
	proof, err := tlog.ProveTree(tree.N, old.N, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}

// checkProof: a tlog-proof as the product hands it out.
func checkProof(vkey, proofFile, entryFile string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(proofFile)
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(entryFile)
	if err != nil {
		return err
	}
	head, signed, ok := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return errors.New("no tlog-proof")
	}
	index, err := strconv.ParseInt(lines[1][len("index "):], 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	_, tree, err := openCheckpoint(signed, verifier)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	fmt.Println("ok", index)
	return nil
}

// printCosigners verifies tlog-cosignature's type 04, which x/mod does not know, on the lines that it left unverified.
func printCosigners(opened *note.Note, vkeys []string) error {
	for _, vkey := range vkeys {
		name, rest, _ := strings.Cut(vkey, "+")
		id, encoded, _ := strings.Cut(rest, "+")
		key, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
			return errors.New("no cosigner's key")
		}
		own := sha256.Sum256(append([]byte(name+"\n"), key...))
		if hex.EncodeToString(own[:4]) != id {
			return errors.New("the cosigner's key id is not its own")
		}
		found := false
		for _, sig := range opened.UnverifiedSigs {
			raw, err := base64.StdEncoding.DecodeString(sig.Base64)
			if err != nil || sig.Name != name || !bytes.Equal(raw[:4], own[:4]) {
				continue
			}
			if len(raw) != 4+8+ed25519.SignatureSize {
				return errors.New("a cosignature of another length")
			}
			time := binary.BigEndian.Uint64(raw[4:12])
			message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, opened.Text)
			if !ed25519.Verify(key[1:], []byte(message), raw[12:]) {
				return errors.New("a cosignature that does not verify")
			}
			fmt.Println("cosigned", name, time)
			found = true
		}
		if !found {
			return errors.New("not cosigned by " + name)
		}
	}
	return nil
}
