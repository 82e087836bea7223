// SPDX-License-Identifier: MIT
// Writes json_verdicts.h: what JSON.parse of Node.js says to inputs that readers of JSON like to get wrong.
//     node tests/vectors/json_verdicts.mjs > tests/vectors/json_verdicts.h
const scalars = ['null', 'true', 'false', 'nul', 'nulll', 'True', 'NULL', 'NaN', 'Infinity', '-Infinity', 'undefined', 'tru', 'fals', 't', 'n',
    '0', '-0', '-', '+1', '1', '-1', '01', '-01', '00', '0.', '.5', '0.5', '-.5', '1.', '1.e1', '1e', '1e+', '1e-', '1e1', '1E1', '1e+1', '1e-1', '1e01',
    '1e1.5', '0e0', '0E+0', '0x10', '1_000', '1,000', '--1', '- 1', '1 2', '12345678901234567890', '1e999', '-1e999', '1e-999', '0.1e', '1.5.5', '1ee1', '1a', '0b1', '1.0e+', '9'.repeat(400),
    '', ' ', '\t\n\r ', '\f1', '\v1', '\u00a01', '\ufeff1', '1\ufeff', '\u20281', '1\0', '\0', '\x01', ' 1 ', '\n1\n', '\t[\r]\n'];
const strings = ['""', '"a"', '"', '"a', 'a"', '"a"b', '"a" ', '\'a\'', '"\\""', '"\\"', '"\\\\"', '"\\\\\\"', '"\\/"', '"\\b\\f\\n\\r\\t"', '"\\a"', '"\\v"', '"\\0"', '"\\x41"', '"\\\'"', '"\\ "', '"\\\n"',
    '"\\u0041"', '"\\u00e9"', '"\\u004"', '"\\u004g"', '"\\u"', '"\\U0041"', '"\\u 041"', '"\\u+041"', '"\\u{41}"', '"\\ud83d\\ude00"', '"\\ud83d"', '"\\ude00"', '"\\ud83dx"', '"\\ud83d\\u0041"', '"\\u0000"', '"\\uD83D\\uDE00"', '"\\u004', '"\\u0041', '"\\', '"abc\\',
    '"\n"', '"\t"', '"\0"', '"\x1f"', '"\x7f"', '"\u0080"', '"\u2028"', '"\u2029"', '"\u{1f600}"', '"é"', '"\ufeff"', '"0123456789abcde\x1f"', '"0123456789abcdef"', '"0123456789abcdef', '"0123456789abcdef\\', '"0123456789abcde\\n0123456789abcdef\\u00410123456789abcdef"',
    '"' + 'x'.repeat(100) + '"', '"' + 'x'.repeat(100) + '\n"', '"\\u12', '"\\ud83d\\u', '"\\ud83d\\ude0"'];
const containers = ['[]', '{}', '[ ]', '{ }', '[\n]', '[', ']', '{', '}', '[]]', '[[]', '{}}', '{{}', '[}', '{]', '[1]', '[1,]', '[,1]', '[,]', '[1,,2]', '[1 2]', '[1;2]', '[1,2', '[1,2]3', '[1]]', '[1}', '{1}', ',', ':', '1,2', '[],[]', '[][]', '{}{}', '[]{}',
    '{"a":1}', '{"a":1,}', '{,"a":1}', '{"a"}', '{"a":}', '{"a":,}', '{:1}', '{"a" 1}', '{"a"=1}', '{a:1}', '{\'a\':1}', '{1:1}', '{null:1}', '{"a":1 "b":2}', '{"a":1,"b":2}', '{"a":1,"a":2}', '{"a":1;"b":2}', '{"a":1,,"b":2}', '{"a"::1}', '{"a":1:2}', '{"a":1',
    '{"a":', '{"a"', '{"a', '{"', '{"":0}', '{"\\u0061":1}', '{"a\n":1}', '{"__proto__":1}', '{[]:1}', '{{}:1}', '{"a":[}', '{"a":[]]', '{"a":{}', '{"a":{}}', '[{"a":[{"b":[]}]}]', '[[[[[]]]]]', '[[[[[]]]]', '[{}', '[{]', '[{},]', '[{},{}]', '[[],[]]', '[[] []]', '{"a":[1,2],"b":{"c":null}}',
    ' [ 1 , 2 ] ', ' { "a" : 1 , "b" : [ ] } ', '[1]\0', '[\0]', '[1,\0]', '[1\f]', '[\v]', '[\u00a0]', '[1,\u00a02]', '//x\n1', '/*x*/1', '[1/**/]', '#', '[1]//', '["a",]', '["a"]', '["a""b"]', '["a" "b"]', '["a","b"]', '[true,false,null]', '[truefalse]', '[nullnull]', '[-]', '[-,1]', '[1.]', '[01]', '[1e]', '[--1]', '["]', '["\\"]', '["\\\\"]', '["a\\","b"]',
    '{"_placeholder":true,"num":0}', '["chat message","hi"]', '["chat message","hi"', '"chat message","hi"', '[' + '1,'.repeat(50) + '1]', '['.repeat(100) + ']'.repeat(100), '['.repeat(100) + ']'.repeat(99), '{"a":'.repeat(64) + '1' + '}'.repeat(64), '{"a":['.repeat(40) + ']}'.repeat(40), '{"a":['.repeat(40) + '}]'.repeat(40),
    '['.repeat(64) + '{"a":1}' + ']'.repeat(64), '['.repeat(64) + '{"a":1]' + ']'.repeat(64), '['.repeat(63) + '{"a":1}' + ',2]'.repeat(63), '['.repeat(65) + '}' + ']'.repeat(64)];

const isValid = (text) => {
    try { JSON.parse(text); return true; } catch { return false; }
};
const literal = (text) => [...Buffer.from(text)].map((byte) =>
    byte < 0x20 || byte > 0x7e || byte === 0x3f ? '\\' + byte.toString(8).padStart(3, '0')
        : byte === 0x22 || byte === 0x5c ? '\\' + String.fromCharCode(byte) : String.fromCharCode(byte)).join('');

const rows = [...new Set([...scalars, ...strings, ...containers])].map((text) =>
    `    {"${literal(text)}", ${Buffer.byteLength(text)}, ${isValid(text)}},`);
console.log(`/* SPDX-License-Identifier: MIT */
/* What JSON.parse says: made by json_verdicts.mjs with Node.js ${process.version}, not by hand. */
#ifndef GW_TESTS_JSON_VERDICTS_H
#define GW_TESTS_JSON_VERDICTS_H

#include <stdbool.h>
#include <stddef.h>

struct json_verdict {
    const char *text;
    size_t len;
    bool is_valid;
};

/* clang-format off */
static const struct json_verdict json_verdicts[] __attribute__((unused)) = {
${rows.join('\n')}
};
/* clang-format on */

#endif`);
