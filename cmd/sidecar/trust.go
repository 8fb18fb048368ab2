package main

import (
	"errors"
	"flag"
	"path/filepath"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/seal"
)

// addTrust adds the flags that say which configurations the sidecar takes. The function that it returns reads them, after they are parsed.
// For --unsigned it returns nil.
func addTrust(flags *flag.FlagSet) func() (*sidecar.Trust, error) {
	keys := flags.String("trust", "", "public keys, with commas between them, of which one must have signed the configuration (required, unless --unsigned)")
	chatbot := flags.String("chatbot", "", "namespace/name of the chatbot for which the configuration must be signed (required with --trust)")
	state := flags.String("state", contract.SidecarStateFolder, "folder in which the sidecar remembers the serial of the newest configuration")
	unsigned := flags.Bool("unsigned", false, "take configurations without a signature; for development, never for a governed chatbot")
	return func() (*sidecar.Trust, error) {
		switch {
		case *unsigned && *keys != "":
			return nil, errors.New("--trust and --unsigned exclude each other")
		case *unsigned:
			return nil, nil
		case *keys == "":
			return nil, errors.New("--trust is missing: it has the keys of the manager, of which one must have signed the configuration; for development there is --unsigned")
		case *chatbot == "":
			return nil, errors.New("--chatbot is missing: it has the namespace and the name of the chatbot for which the configuration must be signed")
		}
		parsed, err := seal.ParseKeys(*keys)
		if err != nil {
			return nil, err
		}
		return &sidecar.Trust{Chatbot: *chatbot, Keys: parsed, SerialFile: filepath.Join(*state, contract.SidecarSerialFile)}, nil
	}
}
