// A minimal reader of classification exports on one core. It splits records and fields by the parity of quotes,
// collapses doubled quotes, and parses each JSON cell with simdjson's DOM parser. The parsed values are discarded.
//
// `bare FILE ROUNDS` prints one line of JSON, with the seconds of each round with and without parsing.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "simdjson.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2,pclmul,bmi"), always_inline)) inline
#define WHOLE __attribute__((target("avx2,pclmul,bmi")))
#else
#error "this program needs x86-64"
#endif

namespace {

constexpr std::size_t CHUNK = 64;
constexpr std::size_t PADDING = simdjson::SIMDJSON_PADDING + 2 * CHUNK;

struct Counts {
    std::size_t cells = 0, refused = 0, bytes = 0;
};

AVX2 std::uint32_t equal32(const char* at, char wanted) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(wanted))));
}

AVX2 std::uint64_t equal(const char* at, char wanted) {
    return equal32(at, wanted) | static_cast<std::uint64_t>(equal32(at + 32, wanted)) << 32;
}

AVX2 std::uint64_t prefix_xor(std::uint64_t bits) {
    const __m128i all = _mm_set1_epi8(-1);
    return static_cast<std::uint64_t>(
        _mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<long long>(bits)), all, 0)));
}

// Copies the content of a quoted field with `""` collapsed to `"`. The parity of the quotes marks every second one.
AVX2 std::size_t collapse(const char* from, std::size_t length, char* into) {
    char* out = into;
    std::uint64_t carry = 0;
    for (std::size_t done = 0; done < length; done += CHUNK) {
        const char* const at = from + done;
        const std::size_t width = std::min(CHUNK, length - done);
        const std::uint64_t quotes = equal(at, '"') & ~std::uint64_t{0} >> (CHUNK - width);
        const std::uint64_t first = prefix_xor(quotes) ^ carry;
        carry = 0 - (first >> 63);
        std::size_t run = 0;
        for (std::uint64_t second = quotes & ~first; second != 0; second &= second - 1) {
            const auto end = static_cast<std::size_t>(__builtin_ctzll(second));
            std::memcpy(out, at + run, CHUNK);  // bytes past the run are overwritten later
            out += end - run;
            run = end + 1;
        }
        std::memcpy(out, at + run, CHUNK);
        out += width - run;
    }
    return static_cast<std::size_t>(out - into);
}

template <bool PARSES>
WHOLE Counts once(const std::string& csv, std::size_t length, const std::vector<bool>& json, std::string& cell,
                  simdjson::dom::parser& parser) {
    Counts counts;
    std::uint64_t inside = 0;
    std::size_t start = 0, place = 0;
    bool heading = true;
    for (std::size_t chunk = 0; chunk < length; chunk += CHUNK) {
        const char* const at = csv.data() + chunk;
        const std::uint64_t parity = prefix_xor(equal(at, '"')) ^ inside;
        std::uint64_t ends = (equal(at, ',') | equal(at, '\n')) & ~parity;
        inside = 0 - (parity >> 63);
        for (; ends != 0; ends &= ends - 1) {
            const std::size_t end = chunk + static_cast<std::size_t>(__builtin_ctzll(ends));
            if (!heading && json[place] && end > start) {
                const std::size_t quoted = csv[start] == '"';
                const std::size_t size = collapse(csv.data() + start + quoted, end - start - 2 * quoted, cell.data());
                ++counts.cells;
                counts.bytes += size;
                if constexpr (PARSES) {
                    simdjson::dom::element root;
                    counts.refused += parser.parse(cell.data(), size, false).get(root) != simdjson::SUCCESS;
                }
            }
            place = csv[end] == ',' ? place + 1 : 0;
            heading = heading && csv[end] == ',';
            start = end + 1;
        }
    }
    return counts;
}

std::string seconds(const std::vector<double>& rounds) {
    std::string text;
    for (const double one : rounds) text += (text.empty() ? "" : ", ") + std::to_string(one);
    return "[" + text + "]";
}

}  // namespace

int main(int argc, char** argv) {
    std::FILE* const file = argc == 3 ? std::fopen(argv[1], "rb") : nullptr;
    if (file == nullptr) return std::fputs("usage: bare FILE ROUNDS; FILE must exist\n", stderr), 2;
    std::string csv;
    std::vector<char> block(1 << 20);
    while (const std::size_t got = std::fread(block.data(), 1, block.size(), file)) csv.append(block.data(), got);
    std::fclose(file);
    if (!__builtin_cpu_supports("avx2")) return std::fputs("this processor has no AVX2\n", stderr), 3;
    const std::size_t length = csv.size();
    csv.append(PADDING, ' ');

    std::vector<bool> json;
    const std::string_view header = std::string_view(csv).substr(0, csv.find('\n'));
    for (std::size_t from = 0; from <= header.size();) {
        const std::size_t comma = std::min(header.find(',', from), header.size());
        const std::string_view name = header.substr(from, comma - from);
        json.push_back(name == "metadata" || name == "annotations" || name == "subject_data");
        from = comma + 1;
    }
    std::string cell(length + PADDING, ' ');
    simdjson::dom::parser parser;
    std::vector<double> parsed, split;
    Counts counts;
    const auto timed = [&](auto run, std::vector<double>& rounds) {
        const auto begun = std::chrono::steady_clock::now();
        counts = run();
        rounds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
    };
    for (int round = std::atoi(argv[2]); round > 0; --round) {
        timed([&] { return once<false>(csv, length, json, cell, parser); }, split);
        timed([&] { return once<true>(csv, length, json, cell, parser); }, parsed);
    }
    std::printf("{\"parser\": \"simdjson %s, %s\", \"bytes\": %zu, \"cells\": %zu, \"json_bytes\": %zu, \"refused\": %zu, ",
                SIMDJSON_VERSION, simdjson::get_active_implementation()->name().c_str(), length, counts.cells,
                counts.bytes, counts.refused);
    std::printf("\"split\": %s, \"parsed\": %s}\n", seconds(split).c_str(), seconds(parsed).c_str());
}
