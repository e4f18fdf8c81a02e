/** Names of districts in Kunming and Yuxi by the first six digits of a region code; the API names the rest. */
const DISTRICTS: Record<string, string> = {
  530102: '五华区', 530103: '盘龙区', 530111: '官渡区', 530112: '西山区', 530113: '东川区', 530114: '呈贡区', 530115: '晋宁区', 530124: '富民县', 530125: '宜良县',
  530126: '石林县', 530127: '嵩明县', 530128: '禄劝县', 530129: '寻甸县', 530181: '安宁市', 530402: '红塔区', 530403: '江川区', 530423: '通海县', 530424: '华宁县',
  530425: '易门县', 530426: '峨山县', 530427: '新平县', 530428: '元江县', 530481: '澄江市',
}

export const districtName = (regionCode: string): string => DISTRICTS[regionCode.slice(0, 6)] ?? '昆明、玉溪'

/** Districts to choose from, and the one that was chosen last on this screen. */
export const districts = (): Array<{ value: string; title: string }> => Object.entries(DISTRICTS).map(([value, title]) => ({ value, title }))
