// judge answers what a Kubernetes API server would do with manifests, by calling the server's own
// packages: the reader of kubectl, the strict decoder, and the create strategies of the built-in
// workloads with their defaults and validation. No cluster, no etcd, no admission plugins.
//
// Each line of standard input is {"name": ..., "data": ...}, data being a file in base64. Each line of
// standard output is an answer for one of them.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/registry/apps/daemonset"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/replicaset"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/batch/cronjob"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/core/pod"
	"k8s.io/kubernetes/pkg/registry/core/podtemplate"
	"k8s.io/kubernetes/pkg/registry/core/replicationcontroller"
)

type question struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}

type answer struct {
	Name    string   `json:"name"`
	Objects []object `json:"objects"`
}

// object is what the server makes of one object. Verdict is one of
//
//	accepted    stored
//	unknown     has fields that the server does not know: kubectl fails, other clients lose them
//	invalid     fails validation
//	undecodable has a field of the wrong type
//	unreadable  the rest of the file cannot be read
//	foreign     not one of the workloads below
type object struct {
	Kind    string          `json:"kind"`
	Name    string          `json:"objectName"`
	Verdict string          `json:"verdict"`
	Words   []string        `json:"words"`
	Stored  json.RawMessage `json:"stored,omitempty"`
}

var strategies = map[schema.GroupVersionKind]rest.RESTCreateStrategy{
	{Version: "v1", Kind: "Pod"}:                        pod.Strategy,
	{Version: "v1", Kind: "PodTemplate"}:                podtemplate.Strategy,
	{Version: "v1", Kind: "ReplicationController"}:      replicationcontroller.Strategy,
	{Group: "apps", Version: "v1", Kind: "DaemonSet"}:   daemonset.Strategy,
	{Group: "apps", Version: "v1", Kind: "Deployment"}:  deployment.Strategy,
	{Group: "apps", Version: "v1", Kind: "ReplicaSet"}:  replicaset.Strategy,
	{Group: "apps", Version: "v1", Kind: "StatefulSet"}: statefulset.Strategy,
	{Group: "batch", Version: "v1", Kind: "CronJob"}:    cronjob.Strategy,
	{Group: "batch", Version: "v1", Kind: "Job"}:        job.Strategy,
}

var serializer runtime.SerializerInfo

func main() {
	var known bool
	serializer, known = runtime.SerializerInfoForMediaType(legacyscheme.Codecs.SupportedMediaTypes(), runtime.ContentTypeJSON)
	if !known {
		fail(errors.New("the scheme has no JSON serializer"))
	}
	questions := json.NewDecoder(bufio.NewReader(os.Stdin))
	answers := json.NewEncoder(os.Stdout)
	for {
		var asked question
		if err := questions.Decode(&asked); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			fail(err)
		}
		if err := answers.Encode(answer{asked.Name, judgeFile(asked.Data)}); err != nil {
			fail(err)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// judgeFile reads a file as kubectl does, document by document.
func judgeFile(data []byte) []object {
	found := []object{}
	documents := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
	for {
		var document runtime.RawExtension
		err := documents.Decode(&document)
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			return append(found, object{Verdict: "unreadable", Words: []string{err.Error()}})
		}
		content := bytes.TrimSpace(document.Raw)
		if len(content) > 0 && !bytes.Equal(content, []byte("null")) {
			found = append(found, judgeDocument(content)...)
		}
	}
}

func judgeDocument(content []byte) []object {
	var head struct {
		APIVersion string            `json:"apiVersion"`
		Kind       string            `json:"kind"`
		Items      []json.RawMessage `json:"items"`
		Metadata   struct {
			Name string `json:"name"`
		} `json:"metadata"`
	}
	// What is malformed here is reported by the decoder below.
	_ = json.Unmarshal(content, &head)
	if head.APIVersion == "v1" && head.Kind == "List" {
		found := []object{}
		for _, item := range head.Items {
			found = append(found, judgeDocument(item)...)
		}
		return found
	}
	kind := schema.FromAPIVersionAndKind(head.APIVersion, head.Kind)
	judged := object{Kind: head.APIVersion + "/" + head.Kind, Name: head.Metadata.Name, Verdict: "foreign"}
	if strategy, served := strategies[kind]; served {
		judged.Verdict, judged.Words, judged.Stored = create(content, kind, strategy)
	}
	return []object{judged}
}

// create goes the way of a POST request up to the storage.
func create(content []byte, kind schema.GroupVersionKind, strategy rest.RESTCreateStrategy) (string, []string, json.RawMessage) {
	internal := schema.GroupVersion{Group: kind.Group, Version: runtime.APIVersionInternal}
	decoder := legacyscheme.Codecs.DecoderToVersion(serializer.StrictSerializer, internal)
	decoded, _, err := decoder.Decode(content, nil, nil)
	verdict, words := "accepted", []string{}
	if err != nil {
		strict, isStrict := runtime.AsStrictDecodingError(err)
		if !isStrict || decoded == nil {
			return "undecodable", []string{err.Error()}, nil
		}
		verdict = "unknown"
		for _, one := range strict.Errors() {
			words = append(words, one.Error())
		}
	}
	ctx, err := prepare(decoded, kind)
	if err != nil {
		return "undecodable", []string{err.Error()}, nil
	}
	if err := rest.BeforeCreate(strategy, ctx, decoded); err != nil {
		return "invalid", causes(err), nil
	}
	var stored bytes.Buffer
	encoder := legacyscheme.Codecs.EncoderForVersion(serializer.Serializer, kind.GroupVersion())
	if err := encoder.Encode(decoded, &stored); err != nil {
		return "undecodable", []string{err.Error()}, nil
	}
	return verdict, words, bytes.TrimSpace(stored.Bytes())
}

// prepare fills in what the handler of a request sets before the strategy sees the object.
func prepare(decoded runtime.Object, kind schema.GroupVersionKind) (context.Context, error) {
	accessor, err := meta.Accessor(decoded)
	if err != nil {
		return nil, err
	}
	if accessor.GetNamespace() == "" {
		accessor.SetNamespace("default")
	}
	if accessor.GetName() == "" && accessor.GetGenerateName() != "" {
		accessor.SetName(accessor.GetGenerateName() + "0")
	}
	rest.FillObjectMetaSystemFields(accessor)
	ctx := request.WithNamespace(context.Background(), accessor.GetNamespace())
	info := request.RequestInfo{IsResourceRequest: true, Verb: "create", APIGroup: kind.Group, APIVersion: kind.Version}
	return request.WithRequestInfo(ctx, &info), nil
}

func causes(err error) []string {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil || len(status.Status().Details.Causes) == 0 {
		return []string{err.Error()}
	}
	words := []string{}
	for _, cause := range status.Status().Details.Causes {
		words = append(words, cause.Field+": "+cause.Message)
	}
	return words
}
