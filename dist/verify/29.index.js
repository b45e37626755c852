export const id = 29;
export const ids = [29];
export const modules = {

/***/ 96029:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  manifestImages: () => (/* binding */ manifestImages)
});

// EXTERNAL MODULE: ./shared/oci/reference.ts
var reference = __webpack_require__(77121);
// EXTERNAL MODULE: ./verify/sources/dockerfile-words.ts + 1 modules
var dockerfile_words = __webpack_require__(39132);
// EXTERNAL MODULE: ./verify/sources/image-use.ts
var image_use = __webpack_require__(74636);
;// CONCATENATED MODULE: ./verify/sources/manifest-fields.ts
// Fields of YAML documents, by the shape that is expected; what has another shape is not there.
function mapOf(located) {
    return located?.value instanceof Map ? located.value : undefined;
}
function itemsOf(located) {
    return Array.isArray(located?.value) ? located.value : [];
}
function fieldOf(located, name) {
    return mapOf(located)?.get(name);
}
function textOf(located) {
    return typeof located?.value === 'string' ? located.value : undefined;
}

;// CONCATENATED MODULE: ./verify/sources/helm.ts
// The charts that a Helm chart depends on, as far as they are OCI artifacts. Chart.yaml may name a range of versions;
// Chart.lock names one. Helm documentation, "Charts" and "Use OCI-based registries".




/** One version, and not a range of them. */
const exactVersion = /^v?[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;
const ociScheme = 'oci://';
/** Chart.yaml or Chart.lock. */
function isChart(document) {
    const fields = mapOf(document);
    if (fields === undefined || fields.has('kind'))
        return false;
    const isDescription = fields.has('apiVersion') && fields.has('name') && fields.has('version');
    return isDescription || (fields.has('dependencies') && fields.has('digest') && fields.has('generated'));
}
/** @throws NotaryError SOURCE_INVALID  a range of versions, or a bad name, with file and line */
function chartImages(path, document) {
    const uses = [];
    const findings = [];
    const tell = (line, message) => {
        findings.push({ code: 'chart-not-followed', message, file: path, line });
    };
    for (const dependency of itemsOf(fieldOf(document, 'dependencies'))) {
        const name = textOf(fieldOf(dependency, 'name')) ?? '';
        const version = textOf(fieldOf(dependency, 'version')) ?? '';
        const repository = textOf(fieldOf(dependency, 'repository')) ?? '';
        const line = (fieldOf(dependency, 'repository') ?? dependency).line;
        if (!repository.startsWith(ociScheme)) {
            const origin = repository === '' ? 'the charts/ directory' : repository;
            tell(line, `chart "${name}" comes from ${origin}: no OCI artifact, so nothing signed to verify`);
            continue;
        }
        const reference = (0,image_use/* inFile */.s5)(path)(line, () => chartReference(repository, name, version));
        uses.push({ reference, text: `${repository}/${name}:${version}`, role: 'helm', file: path, line, stage: name });
    }
    tell(document.line, 'the images in the templates of a chart are not listed: render it with helm template, and name the result');
    return { uses, findings };
}
function chartReference(repository, name, version) {
    if (!exactVersion.test(version)) {
        throw (0,image_use/* problem */.CC)(`chart "${name}": "${version}" is not one version`, 'Write one version in quotes, or name Chart.lock in place of Chart.yaml.');
    }
    // A tag has no "+"; helm writes "_" there.
    const tag = version.replace('+', '_');
    return (0,reference/* parseReference */.F2)(`${(0,dockerfile_words/* trimRight */.$T)(repository.slice(ociScheme.length), /\//)}/${name}:${tag}`);
}

// EXTERNAL MODULE: ./verify/sources/dockerfile-substitution.ts + 1 modules
var dockerfile_substitution = __webpack_require__(4324);
;// CONCATENATED MODULE: ./verify/sources/compose-variables.ts
// Variables in the values of a Compose file: $NAME, ${NAME}, with - + ? as in a shell, and $$ for a dollar.
// Compose specification, "Interpolation".


/** Deeper nesting of ${...} has no use. */
const maxDepth = 16;
/** @throws NotaryError SOURCE_INVALID  without the place, which the caller knows */
function expandComposeValue(text, variables) {
    return read({ text, position: 0, variables }, 0);
}
/** Reads to the end, or within ${...} up to its "}". */
function read(cursor, depth) {
    if (depth > maxDepth)
        throw (0,image_use/* problem */.CC)(`variables are nested deeper than ${maxDepth}`);
    let text = '';
    const unresolved = [];
    while (cursor.position < cursor.text.length) {
        const character = cursor.text[cursor.position] ?? '';
        if (character === '}' && depth > 0)
            break;
        cursor.position += 1;
        if (character !== '$') {
            text += character;
            continue;
        }
        const value = readVariable(cursor, depth);
        text += value.text;
        unresolved.push(...value.unresolved);
    }
    return { text, unresolved };
}
function readVariable(cursor, depth) {
    const rest = cursor.text.slice(cursor.position);
    const [match, name, braced, operator] = /^(?:\$|([_a-zA-Z][_a-zA-Z0-9]*)|\{([_a-zA-Z][_a-zA-Z0-9]*)(:?[-+?])?)/.exec(rest) ?? [];
    if (match === undefined)
        throw (0,image_use/* problem */.CC)(`"$${rest.slice(0, 16)}" is not a variable; a dollar is written "$$"`);
    cursor.position += match.length;
    if (match === '$')
        return { text: '$', unresolved: [] };
    if (name !== undefined)
        return (0,dockerfile_substitution/* valueOf */.RP)(name, cursor.variables);
    const argument = operator === undefined ? undefined : read(cursor, depth + 1);
    if (cursor.text[cursor.position] !== '}')
        throw (0,image_use/* problem */.CC)(`"\${${braced ?? ''}" has no "}"`);
    cursor.position += 1;
    if (argument === undefined)
        return (0,dockerfile_substitution/* valueOf */.RP)(braced ?? '', cursor.variables);
    return (0,dockerfile_substitution/* substituted */.X6)(braced ?? '', cursor.variables, operator ?? '', argument);
}

// EXTERNAL MODULE: ./verify/sources/image-name.ts
var image_name = __webpack_require__(28992);
// EXTERNAL MODULE: ./verify/sources/platform.ts
var sources_platform = __webpack_require__(66156);
;// CONCATENATED MODULE: ./verify/sources/compose.ts
// The images of a Compose file: those of its services, and those that services mount. Compose specification, "services",
// "volumes", "include".





/** What a Compose file says stands only where a service is; "models" and other things are not images. */
function isCompose(document) {
    const fields = mapOf(document);
    return fields !== undefined && !fields.has('kind') && mapOf(fields.get('services')) !== undefined;
}
/**
 * @param variables  what Compose would take from its environment
 * @throws NotaryError SOURCE_INVALID  a bad name, or a variable without a value, with file and line
 */
function composeImages(path, document, variables) {
    const reader = new ComposeReader(path, variables);
    const fields = mapOf(document) ?? new Map();
    for (const [name, service] of mapOf(fields.get('services')) ?? [])
        reader.readService(name, service);
    const include = fields.get('include');
    if (include !== undefined)
        reader.notFollowed(include.line, 'the files under "include"');
    return { uses: reader.uses, findings: reader.findings };
}
class ComposeReader {
    uses = [];
    findings = [];
    #path;
    #variables;
    /** What an alias or a merge key gives to many services is read once. */
    #mounts = new Set();
    constructor(path, variables) {
        this.#path = path;
        this.#variables = variables;
    }
    readService(name, service) {
        const fields = mapOf(service);
        if (fields === undefined)
            return;
        const policy = this.#text(fields.get('pull_policy'));
        const build = fields.get('build');
        if (isThere(build)) {
            const advice = fields.has('image') && policy !== 'build'
                ? '; its image may be pulled all the same, unless the service says "pull_policy: build"'
                : '';
            const message = `service "${name}" is built: name its Dockerfile as well, it is not followed from here${advice}`;
            this.findings.push({ code: 'build-not-followed', message, file: this.#path, line: build.line });
        }
        const image = fields.get('image');
        if (isThere(image) && !(isThere(build) && policy === 'build'))
            this.#use(name, image, fields.get('platform'));
        const file = fieldOf(fields.get('extends'), 'file');
        if (file !== undefined)
            this.notFollowed(file.line, `the file that service "${name}" extends`);
        const volumes = fields.get('volumes');
        if (volumes === undefined || this.#mounts.has(volumes))
            return;
        this.#mounts.add(volumes);
        for (const volume of itemsOf(volumes))
            this.#readVolume(name, mapOf(volume));
    }
    notFollowed(line, what) {
        const message = `${what} may name more images: name each such file as well, it is not followed from here`;
        this.findings.push({ code: 'include-not-followed', message, file: this.#path, line });
    }
    /** Only the long form can mount an image. */
    #readVolume(service, fields) {
        const source = fields?.get('source');
        if (isThere(source) && this.#text(fields?.get('type')) === 'image')
            this.#use(service, source, undefined);
    }
    #use(stage, name, platform) {
        const text = this.#text(name) ?? '';
        const where = this.#text(platform);
        const at = (0,image_use/* inFile */.s5)(this.#path);
        this.uses.push({
            reference: at(name.line, () => (0,image_name/* parseImageName */["if"])(text)),
            text,
            role: 'compose',
            file: this.#path,
            line: name.line,
            ...(where === undefined ? {} : { platform: at(name.line, () => (0,sources_platform/* formatPlatform */.Bq)((0,sources_platform/* parsePlatform */.FL)(where))) }),
            stage,
        });
    }
    #text(value) {
        if (!isThere(value))
            return undefined;
        return (0,image_use/* inFile */.s5)(this.#path)(value.line, () => {
            if (typeof value.value !== 'string')
                throw (0,image_use/* problem */.CC)('a name stands in quotes');
            const { text, unresolved } = expandComposeValue(value.value, this.#variables);
            if (unresolved.length === 0)
                return text;
            throw (0,image_use/* problem */.CC)(`"${value.value}": no value for ${unresolved.join(', ')}`, 'Give the variable to the step under `env:`, or a default in the file; files such as .env are not read.');
        });
    }
}
function isThere(value) {
    return value !== undefined && value.value !== null;
}

;// CONCATENATED MODULE: ./verify/sources/kubernetes.ts
// The images of Kubernetes manifests. They stand in pod specifications, and a pod specification is known by its lists
// of containers wherever it stands: in a Pod, in the template of a Deployment or a CronJob, in a List, or in a custom
// resource. A key "image" anywhere else may mean anything; it is not verified but told of. Kubernetes API reference,
// PodSpec, Container and ImageVolumeSource.



const containerLists = ['initContainers', 'containers', 'ephemeralContainers'];
const kustomize = 'kustomize.config.k8s.io/';
/** What these hold is data, whatever its keys are called. */
const dataKinds = new Set(['ConfigMap', 'Secret', 'CustomResourceDefinition']);
function isKubernetes(document) {
    return textOf(fieldOf(document, 'apiVersion')) !== undefined && textOf(fieldOf(document, 'kind')) !== undefined;
}
/** @throws NotaryError SOURCE_INVALID  a bad name, or a file that must be rendered first, with file and line */
function kubernetesImages(path, document) {
    const reader = new ManifestReader(path);
    reader.readObject(document);
    return { uses: reader.uses, findings: reader.findings };
}
class ManifestReader {
    uses = [];
    findings = [];
    #path;
    #seen = new Set();
    constructor(path) {
        this.#path = path;
    }
    readObject(object) {
        const apiVersion = textOf(fieldOf(object, 'apiVersion')) ?? '';
        (0,image_use/* inFile */.s5)(this.#path)(object.line, () => {
            if (!apiVersion.startsWith(kustomize))
                return;
            throw (0,image_use/* problem */.CC)('kustomize may change every image that its files name', 'Render it first, with `kubectl kustomize`, and name the result.');
        });
        const kind = textOf(fieldOf(object, 'kind')) ?? '';
        if (dataKinds.has(kind))
            return;
        const name = textOf(fieldOf(fieldOf(object, 'metadata'), 'name'));
        this.#read(object, name === undefined ? kind : `${kind}/${name}`);
    }
    #read(located, owner) {
        if (this.#isSeen(located))
            return;
        for (const item of itemsOf(located)) {
            // The items of a List are objects of their own.
            if (isKubernetes(item))
                this.readObject(item);
            else
                this.#read(item, owner);
        }
        const fields = mapOf(located);
        if (fields === undefined)
            return;
        const lists = containerLists.flatMap((key) => fields.get(key) ?? []);
        for (const list of lists)
            this.#readContainers(list, owner);
        if (lists.length > 0)
            this.#readVolumes(fields.get('volumes'), owner);
        for (const [key, value] of fields) {
            if (key === 'image')
                this.#tell(value, owner);
            this.#read(value, owner);
        }
    }
    #readContainers(list, owner) {
        if (this.#isSeen(list))
            return;
        for (const container of itemsOf(list))
            this.#use(fieldOf(container, 'image'), owner);
    }
    #readVolumes(list, owner) {
        for (const volume of itemsOf(list))
            this.#use(fieldOf(fieldOf(volume, 'image'), 'reference'), owner);
    }
    #use(name, stage) {
        const text = textOf(name);
        if (name === undefined || text === undefined) {
            this.#tell(name, stage);
            return;
        }
        const reference = (0,image_use/* inFile */.s5)(this.#path)(name.line, () => (0,image_name/* parseImageName */["if"])(text));
        this.uses.push({ reference, text, role: 'kubernetes', file: this.#path, line: name.line, stage });
    }
    /** An image that is named in a way, or at a place, that is not known here. */
    #tell(value, owner) {
        const text = textOf(value) ?? textOf(fieldOf(value, 'repository'));
        if (value === undefined || text === undefined || text === '')
            return;
        const message = `${owner} names the image "${text}" where no container of a pod does: it is not verified`;
        this.findings.push({ code: 'kind-unknown', message, file: this.#path, line: value.line });
    }
    /** Aliases share what they stand for; once is enough. */
    #isSeen(located) {
        if (this.#seen.has(located))
            return true;
        this.#seen.add(located);
        return false;
    }
}

// EXTERNAL MODULE: ./node_modules/yaml/dist/index.js
var dist = __webpack_require__(38815);
;// CONCATENATED MODULE: ./verify/sources/yaml-documents.ts
// YAML with the line of every value: aliases and merge keys resolved, and nothing read that two readers could read in
// two ways (keys that stand there twice are refused).


/** Far more than people write, and what a rendered chart may have. */
const maxFileLength = 4 * 1024 * 1024;
/** Merge keys copy; many of many would take all memory. */
const maxEntries = 1_000_000;
const yaml_documents_maxDepth = 200;
/**
 * The documents that are not empty.
 *
 * @throws NotaryError SOURCE_INVALID  with file and line
 * @see YAML 1.2.2; the merge key of YAML 1.1
 */
function readYaml({ path, text }) {
    if (text.length > maxFileLength)
        throw (0,image_use/* sourceError */.I8)(path, 1, `is longer than ${maxFileLength} characters`);
    const lineCounter = new dist/* LineCounter */.HN();
    const documents = parse(path, text, lineCounter);
    const lineAt = (offset) => Math.max(1, lineCounter.linePos(offset).line);
    return documents.flatMap((document) => {
        const [error] = document.errors;
        if (error !== undefined) {
            const hint = text.includes('{{') ? ' (a template must be rendered first, such as by helm template)' : '';
            throw (0,image_use/* sourceError */.I8)(path, lineAt(error.pos[0]), `is not YAML: ${error.message}${hint}`);
        }
        const { contents } = document;
        if (contents === null || ((0,dist/* isScalar */.jn)(contents) && contents.value === null))
            return [];
        return [new Converter(path, lineAt).convert(contents, 0)];
    });
}
function parse(path, text, lineCounter) {
    try {
        const documents = (0,dist/* parseAllDocuments */.hR)(text, { lineCounter, prettyErrors: false, uniqueKeys: true, version: '1.2' });
        return 'empty' in documents ? [] : documents;
    }
    catch (error) {
        // The library calls itself for what is nested; no other limit of its own stops that.
        if (error instanceof RangeError)
            throw (0,image_use/* sourceError */.I8)(path, 1, 'is nested too deep');
        throw error;
    }
}
class Converter {
    #path;
    #lineAt;
    #anchors = new Map();
    #heights = new Map();
    #entries = 0;
    constructor(path, lineAt) {
        this.#path = path;
        this.#lineAt = lineAt;
    }
    convert(node, depth) {
        const line = this.#lineAt(node.range?.[0] ?? 0);
        if (depth > yaml_documents_maxDepth)
            throw (0,image_use/* sourceError */.I8)(this.#path, line, `is nested deeper than ${yaml_documents_maxDepth}`);
        if (node instanceof dist/* Alias */.x1) {
            const target = this.#anchors.get(node.source);
            if (target === undefined)
                throw (0,image_use/* sourceError */.I8)(this.#path, line, `"*${node.source}" stands for nothing above it`);
            return typeof target.value === 'object' ? target : { line, value: target.value };
        }
        const anchor = 'anchor' in node ? node.anchor : undefined;
        // Not known yet inside itself.
        if (anchor !== undefined)
            this.#anchors.set(anchor, undefined);
        const located = { line, value: this.#value(node, depth, line) };
        this.#measure(located);
        if (anchor !== undefined)
            this.#anchors.set(anchor, located);
        return located;
    }
    /** Aliases can nest what is not nested in the text. */
    #measure(located) {
        const { value, line } = located;
        if (typeof value !== 'object' || value === null)
            return;
        let height = 0;
        for (const inner of value.values())
            height = Math.max(height, 1 + (this.#heights.get(inner) ?? 0));
        if (height > yaml_documents_maxDepth)
            throw (0,image_use/* sourceError */.I8)(this.#path, line, `is nested deeper than ${yaml_documents_maxDepth}`);
        this.#heights.set(located, height);
    }
    #value(node, depth, line) {
        if ((0,dist/* isSeq */.oP)(node))
            return node.items.map((item) => this.#counted(line, () => this.convert(item, depth + 1)));
        if ((0,dist/* isMap */.jh)(node))
            return this.#map(node, depth);
        const value = (0,dist/* isScalar */.jn)(node) ? node.value : undefined;
        if (value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value)) {
            return value;
        }
        throw (0,image_use/* sourceError */.I8)(this.#path, line, 'has a value of a kind that is not supported here');
    }
    /** Own keys win over merged ones, and of those the first. */
    #map(node, depth) {
        const own = new Map();
        const merged = new Map();
        for (const pair of node.items) {
            const line = this.#lineAt(pair.key.range?.[0] ?? 0);
            const key = this.#key(pair, line);
            const value = this.#counted(line, () => pair.value === null ? { line, value: null } : this.convert(pair.value, depth + 1));
            if (key !== '<<')
                own.set(key, value);
            else
                for (const [name, item] of this.#merged(value))
                    if (!merged.has(name))
                        merged.set(name, item);
        }
        return new Map([...merged, ...own]);
    }
    #key({ key }, line) {
        if (key instanceof dist/* Alias */.x1) {
            const value = this.convert(key, 0).value;
            if (typeof value === 'string')
                return value;
        }
        if ((0,dist/* isScalar */.jn)(key))
            return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
        throw (0,image_use/* sourceError */.I8)(this.#path, line, 'a key is a single value');
    }
    *#merged(from) {
        for (const map of Array.isArray(from.value) ? from.value : [from]) {
            if (!(map.value instanceof Map))
                throw (0,image_use/* sourceError */.I8)(this.#path, from.line, '"<<" merges maps, and this is none');
            for (const entry of map.value)
                yield this.#counted(from.line, () => entry);
        }
    }
    #counted(line, work) {
        this.#entries += 1;
        if (this.#entries > maxEntries)
            throw (0,image_use/* sourceError */.I8)(this.#path, line, `has more than ${maxEntries} values`);
        return work();
    }
}

;// CONCATENATED MODULE: ./verify/sources/manifests.ts
// A file of manifests: each document is read for what it is, a Compose file, a Kubernetes object or a Helm chart.





/**
 * @param variables  for Compose files: what Compose would take from its environment
 * @throws NotaryError SOURCE_INVALID  a document that is none of these, or cannot be read, with file and line
 */
function manifestImages(file, variables) {
    const documents = readYaml(file);
    if (documents.length === 0)
        throw (0,image_use/* sourceError */.I8)(file.path, 1, 'has no documents');
    const known = new Map(Object.entries(variables).flatMap(([name, text]) => text === undefined ? [] : [[name, { text, unresolved: [] }]]));
    const images = documents.map((document) => {
        if (isKubernetes(document))
            return kubernetesImages(file.path, document);
        if (isCompose(document))
            return composeImages(file.path, document, known);
        if (isChart(document))
            return chartImages(file.path, document);
        throw (0,image_use/* sourceError */.I8)(file.path, document.line, 'is neither a Compose file, nor a Kubernetes object, nor a Helm chart');
    });
    return { uses: images.flatMap(({ uses }) => uses), findings: images.flatMap(({ findings }) => findings) };
}


/***/ })

};
