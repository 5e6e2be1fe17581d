package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// server reads a log over HTTP/1.1 on one connection. Not net/http: compiling that takes longer than everything else.
type server struct {
	host, prefix, token string
	conn                net.Conn
	in                  *bufio.Reader
}

func (s *server) at(url string) error {
	rest, ok := strings.CutPrefix(url, "http://")
	if !ok {
		return errors.New("http:// only")
	}
	s.host, s.prefix, _ = strings.Cut(rest, "/")
	return nil
}

// path: x/mod writes the tile height into the path, C2SP does not, and calls data entries.
func path(tile tlog.Tile) string {
	plain := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
	return strings.Replace(plain, "tile/data/", "tile/entries/", 1)
}

// Height, ReadTiles and SaveTiles make a tlog.TileReader of it.
func (s *server) Height() int { return height }

func (s *server) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		var err error
		if data[i], err = s.get(path(tile)); err != nil {
			return nil, err
		}
	}
	return data, nil
}

func (s *server) SaveTiles([]tlog.Tile, [][]byte) {}

func (s *server) get(path string) ([]byte, error) {
	if s.conn == nil {
		conn, err := net.Dial("tcp", s.host)
		if err != nil {
			return nil, err
		}
		s.conn, s.in = conn, bufio.NewReader(conn)
	}
	head := fmt.Sprintf("GET /%s/%s HTTP/1.1\r\nHost: %s\r\n", s.prefix, path, s.host)
	if s.token != "" {
		head += "Authorization: Bearer " + s.token + "\r\n"
	}
	if _, err := io.WriteString(s.conn, head+"\r\n"); err != nil {
		return nil, err
	}
	return s.answer(path)
}

func (s *server) answer(path string) ([]byte, error) {
	status, err := s.in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	length := -1
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		name, value, more := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		if !more {
			break
		}
		switch strings.ToLower(name) {
		case "content-length":
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return nil, err
			}
		case "content-encoding", "transfer-encoding":
			return nil, errors.New("an encoding that nobody asked for")
		}
	}
	if length < 0 || length > 1<<25 {
		return nil, errors.New("no length")
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(s.in, body); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(status, "HTTP/1.1 200 ") {
		return nil, fmt.Errorf("%s: %s", path, strings.TrimSpace(status))
	}
	return body, nil
}
