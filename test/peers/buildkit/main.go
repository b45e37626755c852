// Command buildkit-images lists the images that BuildKit's own Dockerfile frontend asks for: the frontend runs as it
// does in a build, over a client that answers every question itself, so that nothing is fetched.
//
// It reads a JSON array of cases on standard input and writes a JSON array of answers, in the same order.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/builder"
	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	fstypes "github.com/tonistiigi/fsutil/types"
)

type testCase struct {
	Dockerfile    string            `json:"dockerfile"`
	BuildArgs     map[string]string `json:"buildArgs"`
	Target        string            `json:"target"`
	Platforms     string            `json:"platforms"`
	BuildPlatform string            `json:"buildPlatform"`
	// Named contexts, keyed as buildx keys them.
	Contexts map[string]string `json:"contexts"`
}

type image struct {
	Reference string `json:"reference"`
	Platform  string `json:"platform"`
}

type answer struct {
	Syntax string  `json:"syntax,omitempty"`
	Images []image `json:"images"`
	Error  string  `json:"error,omitempty"`
}

func main() {
	apicaps.ExportedProduct = "buildkit"
	var cases []testCase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answers := make([]answer, len(cases))
	for i, c := range cases {
		answers[i] = ask(c)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func ask(c testCase) answer {
	buildPlatform, err := platforms.Parse(c.BuildPlatform)
	if err != nil {
		return answer{Images: []image{}, Error: err.Error()}
	}
	opts := map[string]string{"target": c.Target, "platform": c.Platforms}
	for name, value := range c.BuildArgs {
		opts["build-arg:"+name] = value
	}
	for name, value := range c.Contexts {
		opts["context:"+name] = value
	}
	recorder := &recorder{dockerfile: []byte(c.Dockerfile), opts: opts, buildPlatform: platforms.Normalize(buildPlatform), seen: map[image]bool{}}
	_, err = builder.Build(context.Background(), recorder)
	result := answer{Syntax: recorder.syntax, Images: recorder.images()}
	if err != nil {
		result.Error = err.Error()
	}
	return result
}

// recorder is a builder that builds nothing and remembers what it is asked for.
type recorder struct {
	dockerfile    []byte
	opts          map[string]string
	buildPlatform ocispecs.Platform

	mutex  sync.Mutex
	syntax string
	seen   map[image]bool
}

func (r *recorder) images() []image {
	list := []image{}
	for i := range r.seen {
		list = append(list, i)
	}
	slices.SortFunc(list, func(a, b image) int {
		return slices.Compare([]string{a.Reference, a.Platform}, []string{b.Reference, b.Platform})
	})
	return list
}

func (r *recorder) BuildOpts() client.BuildOpts {
	return client.BuildOpts{
		Opts:    r.opts,
		Workers: []client.WorkerInfo{{Platforms: []ocispecs.Platform{r.buildPlatform}}},
		LLBCaps: pb.Caps.CapSet(pb.Caps.All()),
		Caps:    gwpb.Caps.CapSet(nil),
	}
}

// Answers with the configuration of an image that has one layer and no triggers, and with no digest, so that the
// frontend keeps the reference as it is.
func (r *recorder) ResolveImageConfig(_ context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	p := r.buildPlatform
	if opt.ImageOpt != nil && opt.ImageOpt.Platform != nil {
		p = *opt.ImageOpt.Platform
	}
	r.remember(ref, p)
	config, err := json.Marshal(ocispecs.Image{
		Platform: p,
		RootFS:   ocispecs.RootFS{Type: "layers", DiffIDs: []digest.Digest{digest.FromString("layer")}},
	})
	return ref, "", config, err
}

func (r *recorder) remember(ref string, p ocispecs.Platform) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.seen[image{Reference: ref, Platform: platforms.Format(platforms.Normalize(p))}] = true
}

// Reads the Dockerfile to the frontend, and remembers the images that it wants to be solved. The frontend hands over to another one where the file names one; from there
// on this one is asked again, as the image that was named would be.
func (r *recorder) Solve(ctx context.Context, req client.SolveRequest) (*client.Result, error) {
	if req.Frontend == "gateway.v0" {
		r.syntax = req.FrontendOpt["source"]
		return builder.Build(ctx, r)
	}
	if err := r.rememberSources(req.Definition); err != nil {
		return nil, err
	}
	result := client.NewResult()
	result.SetRef(directory{"Dockerfile": r.dockerfile})
	return result, nil
}

func (r *recorder) rememberSources(definition *pb.Definition) error {
	for _, bytes := range definition.GetDef() {
		var op pb.Op
		if err := op.UnmarshalVT(bytes); err != nil {
			return err
		}
		ref, ok := strings.CutPrefix(op.GetSource().GetIdentifier(), "docker-image://")
		if !ok {
			continue
		}
		p := r.buildPlatform
		if op.Platform != nil {
			p = op.Platform.Spec()
		}
		r.remember(ref, p)
	}
	return nil
}

func (r *recorder) Inputs(context.Context) (map[string]llb.State, error) {
	return nil, nil
}

func (r *recorder) ResolveSourceMetadata(context.Context, *pb.SourceOp, sourceresolver.Opt) (*sourceresolver.MetaResponse, error) {
	return nil, fmt.Errorf("no source has metadata here")
}

func (r *recorder) NewContainer(context.Context, client.NewContainerRequest) (client.Container, error) {
	return nil, fmt.Errorf("nothing runs here")
}

func (r *recorder) Warn(context.Context, digest.Digest, string, client.WarnOpts) error {
	return nil
}

type directory map[string][]byte

func (d directory) ReadFile(_ context.Context, req client.ReadRequest) ([]byte, error) {
	if content, ok := d[req.Filename]; ok {
		return content, nil
	}
	return nil, os.ErrNotExist
}

func (d directory) ToState() (llb.State, error) {
	return llb.Scratch(), nil
}

func (d directory) Evaluate(context.Context) error {
	return nil
}

func (d directory) StatFile(context.Context, client.StatRequest) (*fstypes.Stat, error) {
	return nil, os.ErrNotExist
}

func (d directory) ReadDir(context.Context, client.ReadDirRequest) ([]*fstypes.Stat, error) {
	return nil, nil
}
